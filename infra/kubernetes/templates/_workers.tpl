{{- /* {root, kind}: how Pods of the workers of a kind (train, import, tasks) are, in the words of the dispatcher's THAW_..._POD. */ -}}
{{- define "thaw.workerSettings" -}}
{{- $of := index .root.Values.workers .kind -}}
{{- $settings := dict "resources" $of.resources "work" $of.work "cache" $of.cache "stopSeconds" (int $of.stopSeconds) -}}
{{- range $key := list "nodeSelector" "tolerations" "annotations" "priorityClassName" "runtimeClassName" "kueueQueue" "cacheClaim" -}}
{{- with index $of $key -}}{{- $_ := set $settings $key . -}}{{- end -}}
{{- end -}}
{{- with $of.gpu -}}{{- $_ := set $settings "gpu" . -}}{{- end -}}
{{- toJson $settings -}}
{{- end -}}

{{- define "thaw.workerImage" -}}
{{- $train := ternary "worker-gpu" "worker-cpu" (ne (toString .root.Values.workers.train.gpu) "") -}}
{{- include "thaw.image" (dict "root" .root "name" (get (dict "train" $train "import" "ingest" "tasks" "worker-cpu") .kind)) -}}
{{- end -}}

{{- define "thaw.workerVariables" -}}
{{- range $name, $value := .Values.workers.environment }}
- name: {{ $name }}
  value: {{ ternary (toString (int64 $value)) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- end -}}

{{- define "thaw.workerLabels" -}}
app.kubernetes.io/name: thaw-worker
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .kind }}
thaw.deployment: {{ include "thaw.name" .root }}
{{- end -}}

{{- /* {root, kind, restartPolicy, idleSeconds}: the same Pod as the dispatcher's Jobs have. */ -}}
{{- define "thaw.workerPod" -}}
{{- $of := index .root.Values.workers .kind -}}
{{- $token := splitList " " (include "thaw.place" (dict "root" .root "what" "worker")) -}}
metadata:
  labels: {{- include "thaw.workerLabels" . | nindent 4 }}
  {{- with $of.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  restartPolicy: {{ .restartPolicy }}
  terminationGracePeriodSeconds: {{ $of.stopSeconds }}
  {{- include "thaw.podSettings" (dict "root" .root "settings" $of) | nindent 2 }}
  {{- with $of.runtimeClassName }}
  runtimeClassName: {{ . | quote }}
  {{- end }}
  containers:
    - name: worker
      image: {{ include "thaw.workerImage" . | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      {{- if eq .kind "tasks" }}
      args: [node, workers/gpu/src/taskWorker.ts]
      {{- end }}
      env:
        - name: THAW_API_URL
          value: {{ include "thaw.apiUrl" .root }}
        - name: THAW_STORAGE
          value: internal
        - name: THAW_WORKER_TOKEN_FILE
          value: /var/run/secrets/thaw/token
        - name: THAW_IDLE_SECONDS
          value: {{ .idleSeconds | quote }}
        - name: THAW_STOP_SECONDS
          value: {{ sub $of.stopSeconds 5 | quote }}
        {{- include "thaw.workerVariables" .root | nindent 8 }}
      {{- $gpu := dict }}
      {{- with $of.gpu }}{{ $_ := set $gpu . "1" }}{{ end }}
      resources:
        requests: {{- toYaml (merge (dict) ($of.resources.requests | default dict) $gpu) | nindent 10 }}
        limits: {{- toYaml (merge (dict) ($of.resources.limits | default dict) $gpu) | nindent 10 }}
      securityContext: {{- include "thaw.containerSecurity" . | nindent 8 }}
      terminationMessagePolicy: FallbackToLogsOnError
      volumeMounts:
        - { name: token, mountPath: /var/run/secrets/thaw, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        - { name: work, mountPath: /var/lib/thaw/work }
        - { name: cache, mountPath: /var/lib/thaw/cache }
  volumes:
    - name: token
      secret: { secretName: {{ index $token 0 | quote }}, items: [{ key: {{ index $token 1 | quote }}, path: token }], defaultMode: 288 }
    - { name: tmp, emptyDir: { sizeLimit: 1Gi } }
    - { name: work, emptyDir: { sizeLimit: {{ $of.work }} } }
    {{- if $of.cacheClaim }}
    - { name: cache, persistentVolumeClaim: { claimName: {{ $of.cacheClaim | quote }} } }
    {{- else }}
    - { name: cache, emptyDir: { sizeLimit: {{ $of.cache }} } }
    {{- end }}
{{- end -}}
