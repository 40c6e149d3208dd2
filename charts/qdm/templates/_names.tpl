{{- /*
Names do not depend on the release: callers know `qdm-facade`, and two operators in one namespace would fight over its
devices, so that Helm refuses a second release there by these very names.
*/ -}}

{{- /* Labels that select the pods of a component; they never change. Takes (list $ "operator"). */ -}}
{{- define "qdm.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: qdm-{{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
{{- end }}

{{- /* Labels of its pods: nothing that another release of the chart alone would change, and so roll them. */ -}}
{{- define "qdm.podLabels" -}}
{{ include "qdm.selector" . }}
app.kubernetes.io/part-of: qdm
{{- with (index . 0).Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Labels of its other objects. */ -}}
{{- define "qdm.labels" -}}
{{- $root := index . 0 -}}
{{ include "qdm.podLabels" . }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Annotations of an object; its own come third: (list $ "facade" (dict …)). */ -}}
{{- define "qdm.annotations" -}}
{{- $annotations := (index . 0).Values.extraAnnotations -}}
{{- if gt (len .) 2 }}{{ $annotations = merge (dict) (index . 2) $annotations }}{{ end }}
{{- with $annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* The metadata of an object, but for its name. */ -}}
{{- define "qdm.metadata" -}}
labels:
  {{- include "qdm.labels" . | nindent 2 }}
{{- with include "qdm.annotations" . }}
{{ . }}
{{- end }}
{{- end }}

{{- /* As above, for what lives in the release's namespace. */ -}}
{{- define "qdm.namespacedMetadata" -}}
namespace: {{ (index . 0).Release.Namespace | quote }}
{{ include "qdm.metadata" . }}
{{- end }}

{{- /* The image of a component: what its values name, or else the project's of the chart's version. */ -}}
{{- define "qdm.image" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $image := $root.Values.image -}}
{{- with index . 2 -}}
{{- . -}}
{{- else -}}
{{- with $image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $name }}:{{ $image.tag | default $root.Chart.AppVersion -}}
{{- end -}}
{{- end }}
