package packageset

// Documents of templates. SERVICE and CONDITION are filled in by service.fill.

const deploymentTemplate = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: workloads
spec:
  replicas: {{ .config.replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      {{- include "platform.selector" $service | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 0
  template:
    metadata:
      labels:
        {{- include "platform.labels" $service | nindent 8 }}
      {{- if .config.features.metrics }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "9090"
      {{- end }}
    spec:
      serviceAccountName: {{ .package.metadata.name }}
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      {{- with .config.tolerations }}
      tolerations:
        {{- toYAML . | nindent 8 }}
      {{- end }}
      containers:
      - name: server
        image: {{ .images.server }}
        imagePullPolicy: {{ .config.pullPolicy }}
        args:
        - --listen=:8080
        - --public-url=https://SERVICE.{{ .config.domain }}
        - --tier={{ .config.tier }}
        {{- range $region := .config.regions }}
        - --region={{ $region }}
        {{- end }}
        env:
          {{- include "platform.environment" $service | nindent 10 }}
        ports:
        - name: http
          containerPort: 8080
        {{- include "platform.probes" $service | nindent 8 }}
        {{- with .config.resources }}
        resources:
          {{- toYAML . | nindent 10 }}
        {{- end }}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities:
            drop:
            - ALL
        volumeMounts:
        - name: settings
          mountPath: /etc/SERVICE
          readOnly: true
      {{- if .config.features.metrics }}
      - name: exporter
        image: {{ .images.exporter }}
        ports:
        - name: metrics
          containerPort: 9090
      {{- end }}
      volumes:
      - name: settings
        configMap:
          name: SERVICE
`

const statefulSetTemplate = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: workloads
spec:
  serviceName: SERVICE
  replicas: {{ .config.replicas }}
  selector:
    matchLabels:
      {{- include "platform.selector" $service | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "platform.labels" $service | nindent 8 }}
    spec:
      containers:
      - name: server
        image: {{ .images.server }}
        imagePullPolicy: {{ .config.pullPolicy }}
        env:
          {{- include "platform.environment" $service | nindent 10 }}
        ports:
        - name: http
          containerPort: 8080
        {{- include "platform.probes" $service | nindent 8 }}
        {{- with .config.resources }}
        resources:
          {{- toYAML . | nindent 10 }}
        {{- end }}
        volumeMounts:
        - name: data
          mountPath: /var/lib/SERVICE
  volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes:
      - ReadWriteOnce
      resources:
        requests:
          storage: {{ eq .config.tier "premium" | ternary "100Gi" "20Gi" }}
`

const configMapTemplate = `apiVersion: v1
kind: ConfigMap
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: settings
data:
  tier: {{ .config.tier | quote }}
  replicas: {{ .config.replicas | quote }}
  settings.yaml: |
    server:
      address: 0.0.0.0:8080
      publicURL: https://SERVICE.{{ .config.domain }}
    regions:
      {{- range .config.regions }}
      - name: {{ . }}
        endpoint: https://{{ . }}.{{ $.config.domain }}
      {{- end }}
    features:
      {{- toYAML .config.features | nindent 6 }}
  logging.properties: |
    level=INFO
    format=json
    appender.console.layout=%d{ISO8601} %-5p [%t] %c: %m%n
`

const serviceTemplate = `apiVersion: v1
kind: Service
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: publishCONDITION
spec:
  type: ClusterIP
  selector:
    {{- include "platform.selector" $service | nindent 4 }}
  ports:
  - name: http
    port: 80
    targetPort: http
    protocol: TCP
  {{- if .config.features.metrics }}
  - name: metrics
    port: 9090
    targetPort: metrics
    protocol: TCP
  {{- end }}
`

const disruptionBudgetTemplate = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: workloadsCONDITION
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "platform.selector" $service | nindent 6 }}
`

const serviceAccountTemplate = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: access
automountServiceAccountToken: {{ .config.features.isolation | not }}
`

const roleTemplate = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: access
rules:
- apiGroups: [""]
  resources: [configmaps, secrets, endpoints]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: [get, list, watch, update, patch]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
{{- if .config.features.backup }}
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: ["*"]
{{- end }}
`

const roleBindingTemplate = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "platform.labels" $service | nindent 4 }}
  annotations:
    package-operator.run/phase: accessCONDITION
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: SERVICE
subjects:
- kind: ServiceAccount
  name: SERVICE
  namespace: {{ .package.metadata.namespace }}
`
