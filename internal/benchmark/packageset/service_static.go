package packageset

// Documents of static files. SERVICE and CONDITION are filled in by
// service.fill.

const staticLabels = `  labels:
    app.kubernetes.io/name: SERVICE
    app.kubernetes.io/part-of: platform
    app.kubernetes.io/component: static
`

const staticDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: SERVICE
  namespace: platform
` + staticLabels + `  annotations:
    package-operator.run/phase: workloads
spec:
  replicas: 2
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: SERVICE
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 0
  template:
    metadata:
      labels:
        app.kubernetes.io/name: SERVICE
        app.kubernetes.io/part-of: platform
    spec:
      serviceAccountName: platform
      # Nothing here needs more than the restricted profile allows.
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: server
        image: registry.example.com/platform/server:2.4.1
        imagePullPolicy: IfNotPresent
        command: ["/bin/server", "--listen=:8080"]
        env:
        - name: LOG_LEVEL
          value: info
        - name: SERVICE_NAME
          value: "SERVICE"
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet: {path: /readyz, port: http}
          periodSeconds: 10
        livenessProbe:
          httpGet: {path: /healthz, port: http}
          initialDelaySeconds: 15
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 512Mi
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
      volumes:
      - name: settings
        configMap:
          name: SERVICE
          defaultMode: 0644
`

const staticConfigMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: SERVICE
  namespace: platform
` + staticLabels + `  annotations:
    package-operator.run/phase: settings
data:
  maximum: "250"
  settings.yaml: |
    server:
      address: 0.0.0.0:8080
      publicURL: https://SERVICE.example.com
    storage:
      driver: postgres
      connections: 20
      timeout: 30s
  logging.properties: |
    level=INFO
    format=json
    appender.console.layout=%d{ISO8601} %-5p [%t] %c: %m%n
`

const staticService = `apiVersion: v1
kind: Service
metadata:
  name: SERVICE
  namespace: platform
` + staticLabels + `  annotations:
    package-operator.run/phase: publishCONDITION
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: SERVICE
  ports:
  - name: http
    port: 80
    targetPort: http
    protocol: TCP
  - name: metrics
    port: 9090
    targetPort: metrics
    protocol: TCP
`

const staticDisruptionBudget = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: SERVICE
  namespace: platform
` + staticLabels + `  annotations:
    package-operator.run/phase: workloadsCONDITION
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: SERVICE
`

const staticServiceAccount = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: SERVICE
  namespace: platform
` + staticLabels + `  annotations:
    package-operator.run/phase: access
automountServiceAccountToken: true
`

const staticRole = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: SERVICE
  namespace: platform
` + staticLabels + `  annotations:
    package-operator.run/phase: access
rules:
- apiGroups: [""]
  resources: [configmaps, secrets, endpoints]
  verbs: [get, list, watch]
- apiGroups:
  - apps
  resources:
  - deployments
  - statefulsets
  verbs:
  - get
  - list
  - watch
  - update
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
`

const staticRoleBinding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: SERVICE
  namespace: platform
` + staticLabels + `  annotations:
    package-operator.run/phase: accessCONDITION
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: SERVICE
subjects:
- kind: ServiceAccount
  name: SERVICE
  namespace: platform
`
