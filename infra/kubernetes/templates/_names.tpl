{{- /* The name of this Thaw: of its objects, and THAW_DEPLOYMENT, by which workers are known. */ -}}
{{- define "thaw.name" -}}
{{- $name := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-thaw" .Release.Name) (contains "thaw" .Release.Name)) -}}
{{- if gt (len $name) 30 -}}
{{- fail (printf "The name %q is too long, since workers' names begin with it. Set fullnameOverride to one of 30 characters at most." $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- define "thaw.tag" -}}{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}

{{- /* {root, name}: an image of Thaw. */ -}}
{{- define "thaw.image" -}}
{{- $image := .root.Values.image -}}
{{- $repository := printf "%s%s%s" (ternary (printf "%s/" $image.registry) "" (ne $image.registry "")) $image.prefix .name -}}
{{- with index $image.digests .name -}}{{ $repository }}@{{ . }}{{- else -}}{{ $repository }}:{{ include "thaw.tag" $.root }}{{- end -}}
{{- end -}}

{{- /* {root, component} */ -}}
{{- define "thaw.selector" -}}
app.kubernetes.io/name: thaw
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "thaw.labels" -}}
{{ include "thaw.selector" . }}
app.kubernetes.io/version: {{ include "thaw.tag" .root | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{- define "thaw.url" -}}
{{- $ingress := .Values.ingress -}}
{{- if .Values.publicUrl -}}{{ trimSuffix "/" .Values.publicUrl }}
{{- else if $ingress.enabled -}}{{ ternary "https" "http" $ingress.tls.enabled }}://{{ $ingress.host }}
{{- else -}}http://localhost:3000
{{- end -}}
{{- end -}}

{{- define "thaw.apiUrl" -}}http://{{ include "thaw.name" . }}-api:3001{{- end -}}

{{- /* Where people's browsers reach the storage: its origin. */ -}}
{{- define "thaw.storageOrigin" -}}
{{- regexFind "^https?://[^/]+" (.Values.storage.publicEndpoint | default .Values.storage.endpoint) -}}
{{- end -}}

{{- /* METRICS_TOKEN is set: for Prometheus, or for KEDA, which asks how many workers there should be. */ -}}
{{- define "thaw.hasMetrics" -}}
{{- if or .Values.metrics.enabled (eq .Values.workers.launcher "keda") -}}yes{{- end -}}
{{- end -}}
