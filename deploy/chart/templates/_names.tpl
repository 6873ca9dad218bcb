{{- /* Names: everything that the chart makes begins with the installation's name, so that two can share a cluster. */ -}}

{{- define "matinee.worker" -}}{{ .Values.installation }}-worker{{- end }}
{{- define "matinee.receiver" -}}{{ .Values.installation }}-receiver{{- end }}

{{- define "matinee.labels" -}}
app.kubernetes.io/name: matinee
app.kubernetes.io/instance: {{ .Values.installation }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "matinee.selector" -}}
app.kubernetes.io/name: matinee
app.kubernetes.io/instance: {{ .root.Values.installation }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "matinee.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}
{{- end }}

{{- /* The worker's account, as the API server names whoever asks. */ -}}
{{- define "matinee.user" -}}system:serviceaccount:{{ .Release.Namespace }}:{{ include "matinee.worker" . }}{{- end }}

{{- define "matinee.gateway.namespace" -}}{{ .Values.previews.gateway.namespace | default .Release.Namespace }}{{- end }}

{{- /* The labels by which a namespace is a preview of this installation. Only the worker gives them. */ -}}
{{- define "matinee.previews.labels" -}}
matinee.dev/preview: "true"
matinee.dev/installation: {{ .Values.installation }}
{{- end }}
