{{- /*
A role and who has it: of one namespace, or of the cluster where devices are looked after everywhere.
Takes (list $ "operator" RULES), RULES being the name of a template.
*/ -}}
{{- define "qdm.rights" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $everywhere := $root.Values.watch.allNamespaces -}}
{{- $scope := ternary "Cluster" "" $everywhere -}}
{{- $name := printf "qdm-%s" $component -}}
{{- if $everywhere }}{{ $name = printf "qdm-%s-%s" $root.Release.Namespace $component }}{{ end -}}
{{- $metadata := ternary "qdm.metadata" "qdm.namespacedMetadata" $everywhere -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $scope }}Role
metadata:
  name: {{ $name }}
  {{- include $metadata (list $root $component) | nindent 2 }}
rules:
  {{- include (index . 2) $root | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $scope }}RoleBinding
metadata:
  name: {{ $name }}
  {{- include $metadata (list $root $component) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $scope }}Role
  name: {{ $name }}
subjects:
  {{- include "qdm.subject" . | nindent 2 }}
{{- end }}

{{- define "qdm.subject" -}}
- kind: ServiceAccount
  name: qdm-{{ index . 1 }}
  namespace: {{ (index . 0).Release.Namespace | quote }}
{{- end }}
