{{- /* Settings: what the chart's values mean in Matinee's own words. What is in `settings` wins. */ -}}
{{- define "matinee.settings" -}}
{{- $own := dict
  "MATINEE_INSTALLATION" .Values.installation
  "MATINEE_DATA" "/data"
  "MATINEE_RECEIVER__HOST" "0.0.0.0"
  "MATINEE_RECEIVER__PORT" "8080"
  "MATINEE_URL" (printf "https://{label}.%s" .Values.previews.domain)
  "MATINEE_PLATFORM" "cluster"
  "HOME" "/data"
  "TMPDIR" "/tmp" }}
{{- range $name, $value := include "matinee.platform" . | fromYaml }}
{{- $_ := set $own (printf "MATINEE_PLATFORMS__CLUSTER__%s" $name) $value }}
{{- end }}
{{- if .Values.metrics.enabled }}
{{- $_ := set $own "MATINEE_METRICS" (printf "0.0.0.0:%d" (int .Values.metrics.port)) }}
{{- end }}
{{- with .Values.certificate.authority }}
{{- if .configMap }}{{ $_ := set $own "MATINEE_AUTHORITIES" (printf "/authorities/%s" .key) }}{{ end }}
{{- end }}
{{- merge (dict) .Values.settings $own | toYaml }}
{{- end }}

{{- /* The platform that previews run on: this cluster. An empty value is left to Matinee's own default. */ -}}
{{- define "matinee.platform" -}}
{{- $previews := .Values.previews }}
{{- $tolerations := list }}
{{- range $previews.pool.tolerations }}
{{- $tolerations = append $tolerations (printf "%s%s:%s" .key (empty .value | ternary "" (printf "=%s" .value)) (default "NoSchedule" .effect)) }}
{{- end }}
KIND: kubernetes
PREFIX: {{ $previews.namespacePrefix }}
SYSTEM: {{ .Release.Namespace }}
RECEIVER: {{ printf "%s/%s:%d" .Release.Namespace (include "matinee.receiver" .) (int .Values.receiver.port) }}
{{- if $previews.gateway.name }}
GATEWAY: {{ include "matinee.gateway.namespace" . }}/{{ $previews.gateway.name }}
{{- else }}
INGRESS: {{ $previews.ingress.className | quote }}
INGRESS_CONTROLLER: {{ $previews.ingress.controller | quote }}
CERTIFICATE: {{ $previews.certificate | quote }}
{{- end }}
ENTRANCES: {{ toJson $previews.entrances | squote }}
POOL: {{ toJson $previews.pool.selector | squote }}
TOLERATIONS: {{ toJson $tolerations | squote }}
PRIORITY_CLASS: {{ $previews.priorityClass.name | quote }}
RUNTIME_CLASS: {{ $previews.runtimeClass | quote }}
STORAGE_CLASSES: {{ toJson $previews.storageClasses | squote }}
REGISTRIES: {{ toJson $previews.registries | squote }}
PULL_SECRETS: {{ toJson $previews.pullSecrets | squote }}
TEMPLATES: {{ .Values.templates.namespace | quote }}
SECRETS: {{ toJson .Values.templates.secrets | squote }}
EXTERNAL_SECRETS: {{ include "matinee.external" . | squote }}
CHARTS: {{ toJson $previews.charts | squote }}
{{- end }}

{{- /* What Matinee itself writes on every Ingress of a preview: search engines are kept out. */ -}}
{{- define "matinee.ingress.annotations" -}}
{{- if eq .Values.previews.ingress.controller "nginx" }}
nginx.ingress.kubernetes.io/custom-headers: {{ .Release.Namespace }}/matinee-noindex
{{- else if eq .Values.previews.ingress.controller "traefik" }}
traefik.ingress.kubernetes.io/router.middlewares: {{ .Release.Namespace }}-matinee-noindex@kubernetescrd
{{- end }}
{{- end }}
