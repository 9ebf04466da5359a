{{- /*
Secrets that nobody has given are made once: an upgrade finds those of the release in the cluster, and all templates of one rendering see
the same, since they are kept beside the values.
*/ -}}
{{- define "thaw.makeSecrets" -}}
{{- if not (hasKey .Values "made") -}}
{{- $name := include "thaw.name" . -}}
{{- $of := dict -}}
{{- range $secret := list "auth" "administrator" "worker" "metrics" -}}
{{- $_ := set $of $secret ((lookup "v1" "Secret" $.Release.Namespace (printf "%s-%s" $name $secret)).data | default dict) -}}
{{- end -}}
{{- $old := dict
  "auth" (get $of.auth "secret" | b64dec)
  "administrator" (get $of.administrator "password" | b64dec)
  "worker" (get $of.worker "token" | b64dec)
  "metrics" (get $of.metrics "token" | b64dec) -}}
{{- $token := printf "thaw_%s_%s" (randAlphaNum 64 | sha256sum | trunc 16) (randAlphaNum 43) -}}
{{- $new := dict "auth" (randAlphaNum 43) "administrator" (randAlphaNum 24) "worker" $token "metrics" (randAlphaNum 43) -}}
{{- $made := dict -}}
{{- range $key, $value := $new -}}{{- $_ := set $made $key (get $old $key | default $value) -}}{{- end -}}
{{- $_ := set .Values "made" $made -}}
{{- end -}}
{{- end -}}

{{- /* Where each secret is: {root, what} gives "SECRET KEY". */ -}}
{{- define "thaw.place" -}}
{{- $values := .root.Values -}}
{{- $name := include "thaw.name" .root -}}
{{- $given := dict "auth" $values.auth "administrator" $values.administrator "worker" $values.workers.token "metrics" $values.metrics -}}
{{- $keys := dict "auth" "secret" "administrator" "password" "worker" "token" "metrics" "token" -}}
{{- with (get $given .what).existingSecret -}}
{{- if .name }}{{ .name }} {{ .key }}{{ else }}{{ $name }}-{{ $.what }} {{ get $keys $.what }}{{ end -}}
{{- end -}}
{{- end -}}

{{- /* {root, variable, what}: an environment variable from there. */ -}}
{{- define "thaw.secretVariable" -}}
{{- $place := splitList " " (include "thaw.place" .) -}}
- name: {{ .variable }}
  valueFrom: { secretKeyRef: { name: {{ index $place 0 | quote }}, key: {{ index $place 1 | quote }} } }
{{- end -}}

{{- /* {root, held, direct}: database and storage. `held` is the Secret of what the values say in clear; `direct`: past a pooler, for migrations. */ -}}
{{- define "thaw.servers" -}}
{{- $values := .root.Values -}}
{{- $database := $values.database.existingSecret -}}
{{- $secret := $database.name | default .held -}}
{{- $urlKey := ternary $database.urlKey "databaseUrl" (ne $database.name "") -}}
{{- $directKey := ternary $database.directUrlKey (ternary "databaseDirectUrl" "" (ne $values.database.directUrl "")) (ne $database.name "") -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ $secret | quote }}, key: {{ ternary $directKey $urlKey (and (hasKey . "direct") (ne $directKey "")) | quote }} } }
{{- if and $directKey (not (hasKey . "direct")) }}
- name: DATABASE_DIRECT_URL
  valueFrom: { secretKeyRef: { name: {{ $secret | quote }}, key: {{ $directKey | quote }} } }
{{- end }}
- name: S3_ENDPOINT
  value: {{ $values.storage.endpoint | quote }}
- name: S3_REGION
  value: {{ $values.storage.region | quote }}
- name: S3_BUCKET
  value: {{ $values.storage.bucket | quote }}
{{- with $values.storage.existingSecret }}
- name: S3_ACCESS_KEY_ID
  valueFrom: { secretKeyRef: { name: {{ .name | default $.held | quote }}, key: {{ ternary .accessKeyIdKey "accessKeyId" (ne .name "") | quote }} } }
- name: S3_SECRET_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ .name | default $.held | quote }}, key: {{ ternary .secretAccessKeyKey "secretAccessKey" (ne .name "") | quote }} } }
{{- end }}
{{- end -}}

{{- /* What a Secret holds of the values themselves, as its stringData; empty where all is in other Secrets. */ -}}
{{- define "thaw.heldServers" -}}
{{- with .Values.database -}}
{{- if not .existingSecret.name }}
databaseUrl: {{ .url | quote }}
{{- end }}
{{- if and .directUrl (not .existingSecret.name) }}
databaseDirectUrl: {{ .directUrl | quote }}
{{- end }}
{{- end }}
{{- with .Values.storage }}
{{- if not .existingSecret.name }}
accessKeyId: {{ .accessKeyId | quote }}
secretAccessKey: {{ .secretAccessKey | quote }}
{{- end }}
{{- end }}
{{- end -}}
