{{- /* The Pod Security Standard "restricted", and no more than it needs. */ -}}
{{- define "thaw.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "thaw.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* {root, settings, account}: what all Pods have; with an account those that call Kubernetes. */ -}}
{{- define "thaw.podSettings" -}}
{{- with .account -}}
serviceAccountName: {{ . }}
{{ end -}}
automountServiceAccountToken: {{ ternary "true" "false" (hasKey . "account") }}
enableServiceLinks: false
securityContext: {{- include "thaw.podSecurity" . | nindent 2 }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .settings.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .settings.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* {root, component}: Pods of one component in different places, where that can be. */ -}}
{{- define "thaw.spread" -}}
topologySpreadConstraints:
  {{- range $key := .root.Values.spread }}
  - maxSkew: 1
    topologyKey: {{ $key | quote }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "thaw.selector" $ | nindent 8 }}
  {{- end }}
{{- end -}}

{{- /* {root}: what the API and the dispatcher read alike. */ -}}
{{- define "thaw.serviceEnvironment" -}}
{{- $values := .root.Values -}}
{{ include "thaw.servers" (dict "root" .root "held" (printf "%s-servers" (include "thaw.name" .root))) }}
{{ include "thaw.secretVariable" (dict "root" .root "variable" "AUTH_SECRET" "what" "auth") }}
{{- range $name, $value := $values.config }}
{{- if ne (toString $value) "" }}
- name: {{ $name }}
  value: {{ ternary (toString (int64 $value)) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Pods are replaced when what is in the chart's own Secrets changes. */ -}}
{{- define "thaw.checksum" -}}
{{- include "thaw.makeSecrets" . -}}
checksum/secrets: {{ printf "%s%s" (include "thaw.heldServers" .) (toJson .Values.made) | sha256sum }}
{{- end -}}
