package clustertest_test

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

func definition(kind, plural string) string {
	return fmt.Sprintf(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[2]s.compared.example.com}
spec:
  group: compared.example.com
  scope: Namespaced
  names: {kind: %[1]s, plural: %[2]s, singular: %[3]s, listKind: %[1]sList}
  conversion: {strategy: None}
  versions:
  - name: v1beta1
    served: true
    storage: false
    subresources: {status: {}}
    schema: &schema
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, default: 3}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              whole: {type: object, x-kubernetes-map-type: atomic, additionalProperties: {type: string}}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items: {type: object, required: [name], properties: {name: {type: string}, weight: {type: integer, default: 1}}}
              labels: {type: object, additionalProperties: {type: string}}
              port: {x-kubernetes-int-or-string: true}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema: *schema
`, kind, plural, strings.ToLower(kind))
}

func custom(version, fields string) string {
	return "apiVersion: compared.example.com/" + version + "\nkind: Gadget\nmetadata: {name: a}\n" + fields
}

func customResources(n string) []step {
	gadgets := definition("Gadget", "gadgets")
	served := func(_ *unstructured.Unstructured, err error) bool { return err == nil || apierrors.IsNotFound(err) }
	one := custom("v1", "spec: {tags: [red], parts: [{name: wheel}], whole: {a: b}}\n")
	return []step{
		get("unknown", one, n),
		apply("definition", "packstage", gadgets, ""),
		until("served", one, n, served),
		until("served in the other version", custom("v1beta1", ""), n, served),
		apply("create", "packstage", one, n),
		apply("again", "packstage", one, n),
		apply("in another version", "other", custom("v1beta1", "spec: {tags: [blue], parts: [{name: door, weight: 2}]}\n"), n),
		apply("less", "packstage", custom("v1", "spec: {port: http, free: {any: [thing]}, labels: {a: b}}\n"), n),
		apply("status is not ours", "packstage", custom("v1", "spec: {port: 80}\nstatus: {ready: true}\n"), n),
		apply("unknown field", "packstage", custom("v1", "spec: {unknown: 1}\n"), n),
		apply("another type", "packstage", custom("v1", "spec: {size: many}\n"), n),
		update("pruned", "kubectl-edit", one, n, func(o *unstructured.Unstructured) {
			o.Object["spec"].(map[string]any)["unknown"] = "x"
			o.Object["spec"].(map[string]any)["size"] = int64(4)
		}),
		update("no version", "kubectl-edit", one, n, func(o *unstructured.Unstructured) { o.SetResourceVersion("") }),
		apply("conflict", "packstage", custom("v1", "spec: {size: 5}\n"), n),
		create("created", custom("v1", "spec: {unknown: 1, parts: [{name: a, unknown: 2}]}\nstatus: {ready: true}\n"), n, withName("b")),
		remove("by another UID", one, n, cluster.DeleteOptions{UID: "11111111-1111-4111-8111-111111111111"}),
		remove("definition", gadgets, "", cluster.DeleteOptions{}),
		until("gone", gadgets, "", gone),
	}
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {a: b}
      containers:
      - name: web
        image: example.com/web:1
        ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]
        env: [{name: A, value: b}, {name: B, valueFrom: {secretKeyRef: {name: a, key: b}}}]
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, emptyDir: {}}]
`

// owner keeps of an object what a manager owns in it, and its generation: the server
// has set defaults in it, and controllers have written.
func owner(manager string, of step) step {
	return step{of.name, func(ctx context.Context, s subject) (*unstructured.Unstructured, error) {
		object, err := of.run(ctx, s)
		if err != nil {
			return nil, err
		}
		kept := &unstructured.Unstructured{Object: map[string]any{"generation": object.GetGeneration()}}
		for _, entry := range object.GetManagedFields() {
			if entry.Manager == manager {
				kept.Object[string(entry.Operation)+entry.Subresource] = entry.FieldsV1.String()
			}
		}
		return kept, nil
	}}
}

func deployments(n string) []step {
	replaced := func(old, new string) string { return strings.Replace(deployment, old, new, 1) }
	service := "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}, {port: 80, protocol: UDP, name: udp}], selector: {a: b}}\n"
	return []step{
		owner("packstage", apply("create", "packstage", deployment, n)),
		owner("packstage", apply("again", "packstage", deployment, n)),
		owner("scaler", update("scaled", "scaler", deployment, n, func(o *unstructured.Unstructured) {
			o.Object["spec"].(map[string]any)["replicas"] = int64(1)
			o.Object["spec"].(map[string]any)["paused"] = true
		})),
		apply("conflict", "packstage", deployment, n),
		owner("packstage", apply("left to the scaler", "packstage", replaced("  replicas: 0\n", ""), n)),
		owner("injector", apply("sidecar", "injector", replaced("name: web\n        image", "name: sidecar\n        image"), n, func(o *unstructured.Unstructured, _ subject) {
			unstructured.RemoveNestedField(o.Object, "spec", "replicas")
		})),
		apply("selector", "packstage", replaced("matchLabels: {app: web}", "matchLabels: {app: web, more: labels}"), n, func(o *unstructured.Unstructured, _ subject) {
			unstructured.RemoveNestedField(o.Object, "spec", "replicas")
			_ = unstructured.SetNestedField(o.Object, "labels", "spec", "template", "metadata", "labels", "more")
		}),
		owner("packstage", apply("status is not ours", "packstage", deployment+"status: {replicas: 4}\n", n, func(o *unstructured.Unstructured, _ subject) {
			unstructured.RemoveNestedField(o.Object, "spec", "replicas")
		})),
		owner("packstage", apply("Service", "packstage", service, n, func(o *unstructured.Unstructured, _ subject) {
			unstructured.SetNestedField(o.Object, []any{map[string]any{"port": int64(80), "name": "tcp"}, map[string]any{"port": int64(80), "protocol": "UDP", "name": "udp"}}, "spec", "ports")
		})),
		owner("packstage", apply("ServiceAccount", "packstage", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b}\nsecrets: [{name: a}]\nimagePullSecrets: [{name: a}]\n", n)),
		owner("packstage", apply("RoleBinding", "packstage", "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}\nsubjects: [{kind: ServiceAccount, name: b, namespace: c}]\n", n)),
		owner("packstage", apply("NetworkPolicy", "packstage", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {matchLabels: {a: b}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}\n", n)),
		owner("packstage", apply("Ingress", "packstage", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {defaultBackend: {service: {name: a, port: {number: 80}}}, tls: [{hosts: [a.example.com]}]}\n", n)),
		owner("packstage", apply("PersistentVolumeClaim", "packstage", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce], storageClassName: a, resources: {requests: {storage: 1Gi}}}\n", n)),
		owner("packstage", apply("PodDisruptionBudget", "packstage", "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1, selector: {matchLabels: {a: b}}}\n", n)),
		owner("packstage", apply("StatefulSet", "packstage", "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {replicas: 0, serviceName: a, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a, resources: {limits: {cpu: '1'}}}], tolerations: [{key: a, operator: Exists}], imagePullSecrets: [{name: a}], securityContext: {sysctls: [{name: kernel.shm_rmid_forced, value: '0'}]}}}}\n", n)),
		owner("packstage", apply("CronJob", "packstage", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: '0 0 1 1 *', jobTemplate: {metadata: {labels: {a: b}}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}\n", n)),
		owner("packstage", apply("HorizontalPodAutoscaler", "packstage", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}\n", n)),
		owner("packstage", apply("ValidatingWebhookConfiguration", "packstage", "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: compared}\nwebhooks: [{name: a.example.com, sideEffects: None, admissionReviewVersions: [v1], failurePolicy: Ignore, clientConfig: {service: {name: a, namespace: compared-none}}, rules: [{apiGroups: [compared.invalid], apiVersions: [v1], operations: [CREATE], resources: [a]}], namespaceSelector: {matchLabels: {a: b}}}]\n", "")),
		owner("packstage", apply("PriorityClass", "packstage", "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: compared}\nvalue: 5\n", "")),
		owner("packstage", apply("StorageClass", "packstage", "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: compared}\nprovisioner: a\nparameters: {a: b}\n", "")),
	}
}

func immutable(n string) []step {
	job := func(policy string) string {
		return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {parallelism: 0, template: {spec: {restartPolicy: " + policy + ", containers: [{name: a, image: a}]}}}\n"
	}
	binding := func(role string) string {
		return "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " + role + "}\n"
	}
	set := func(service string) string {
		return "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {replicas: 0, serviceName: " + service + ", selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}\n"
	}
	return []step{
		owner("packstage", apply("Job", "packstage", job("Never"), n)),
		causes(apply("Job's template", "packstage", job("OnFailure"), n)),
		apply("RoleBinding", "packstage", binding("a"), n),
		causes(apply("RoleBinding's role", "packstage", binding("b"), n)),
		owner("packstage", apply("StatefulSet", "packstage", set("a"), n)),
		apply("StatefulSet's service", "packstage", set("b"), n),
	}
}

func namespaces(n string) []step {
	doomed := "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + n + "}\n"
	return []step{
		apply("ours", "packstage", doomed, ""),
		apply("held", "packstage", configMap, n, func(o *unstructured.Unstructured, _ subject) { o.SetFinalizers([]string{"example.com/hold"}) }),
		apply("free", "packstage", configMap, n, withName("free")),
		remove("by another UID", doomed, "", cluster.DeleteOptions{UID: "11111111-1111-4111-8111-111111111111"}),
		remove("by an old version", doomed, "", cluster.DeleteOptions{ResourceVersion: "1"}),
		remove("namespace", doomed, "", cluster.DeleteOptions{}),
		apply("too late", "packstage", configMap, n, withName("late")),
		create("too late", configMap, n, withName("late")),
		until("content goes", strings.Replace(configMap, "name: a,", "name: free,", 1), n, gone),
		until("marked", configMap, n, func(o *unstructured.Unstructured, _ error) bool { return o != nil && o.GetDeletionTimestamp() != nil }),
		apply("let go", "packstage", configMap, n),
		until("gone", doomed, "", gone),
	}
}

func owners(n string) []step {
	return []step{
		apply("owner", "packstage", configMap, n),
		create("child", less, n, withName("child"), ownedBy("a")),
		create("grandchild", less, n, withName("grandchild"), ownedBy("child")),
		remove("orphaning", configMap, n, cluster.DeleteOptions{Propagation: cluster.PropagationOrphan}),
		until("owner goes", configMap, n, gone),
		get("child stays", strings.Replace(less, "name: a", "name: child", 1), n),
		remove("in the foreground", strings.Replace(less, "name: a", "name: child", 1), n, cluster.DeleteOptions{Propagation: cluster.PropagationForeground}),
		until("child goes", strings.Replace(less, "name: a", "name: child", 1), n, gone),
		get("grandchild went", strings.Replace(less, "name: a", "name: grandchild", 1), n),
		create("of nobody", less, n, withName("nobody"), ownedBy("a")),
		until("goes", strings.Replace(less, "name: a", "name: nobody", 1), n, gone),
	}
}
