{{- /* Labels that the operator gives the pods of its sidecars. */ -}}
{{- define "qdm.sidecarSelector" -}}
app.kubernetes.io/name: qdm-sidecar
app.kubernetes.io/managed-by: qdm-operator
{{- end }}

{{- /* Who may read metrics. */ -}}
{{- define "qdm.scraping" -}}
- ports:
    - port: 9092
  {{- with .Values.networkPolicy.scrapers }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- /*
What operator and facade may call: everything, since no selector finds an API server, unless somebody says where it is.
Neither asks DNS: the API server and the sidecars are known by their addresses.
*/ -}}
{{- define "qdm.policyTypes" -}}
- Ingress
{{- with .Values.networkPolicy.apiServers }}
- Egress
{{- end }}
{{- end }}

{{- define "qdm.calling" -}}
{{- with .Values.networkPolicy.apiServers -}}
egress:
  - to:
      {{- range . }}
      - ipBlock:
          cidr: {{ . }}
      {{- end }}
  - ports:
      - port: 50061
    to:
      - podSelector:
          matchLabels:
            {{- include "qdm.sidecarSelector" $ | nindent 12 }}
        {{- if $.Values.watch.allNamespaces }}
        namespaceSelector: {}
        {{- end }}
{{- end }}
{{- end }}
