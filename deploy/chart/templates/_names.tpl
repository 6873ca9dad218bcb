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

{{- /* Which Secrets previews are given, by repository: those that are copied, then those that External Secrets makes. */ -}}
{{- define "matinee.external" -}}
{{- $given := dict }}
{{- range $one := .Values.externalSecrets.secrets }}
{{- range $repository := default (list "*") $one.repositories }}
{{- $_ := set $given $repository (append (default (list) (get $given $repository)) $one.name) }}
{{- end }}
{{- end }}
{{- toJson $given }}
{{- end }}

{{- /* Names of Secrets that only the kubelet and the Ingress controller read. */ -}}
{{- define "matinee.kept" -}}
{{- concat .Values.previews.pullSecrets (list .Values.previews.certificate | compact) | toJson }}
{{- end }}

{{- /* Names of all that is copied, each once. */ -}}
{{- define "matinee.copied" -}}
{{- $names := include "matinee.kept" . | fromJsonArray }}
{{- range .Values.templates.secrets }}
{{- $names = concat $names . }}
{{- end }}
{{- $names | uniq | sortAlpha | toJson }}
{{- end }}

{{- /* What both of Matinee's pods have: nothing of root, a file system that cannot be written, and their settings. */ -}}
{{- define "matinee.pod" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .own.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .own.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
terminationGracePeriodSeconds: {{ int .own.grace }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "matinee.selector" . | nindent 8 }}
{{- end }}

{{- define "matinee.container" -}}
image: {{ include "matinee.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources:
  {{- toYaml .own.resources | nindent 2 }}
env:
  {{- range $name, $value := include "matinee.settings" .root | fromYaml }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- range .root.Values.secrets }}
  {{- if or (not .for) (has $.component .for) }}
  - {name: {{ .variable }}, valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key | quote }}}}}
  {{- end }}
  {{- end }}
{{- end }}
