// Package graph draws a rendered package: its phases in order, the objects in them,
// and what the objects need of one another.
//
//	drawn := graph.New(instance)
//	os.Stdout.Write(drawn.Mermaid())
//
// An edge leads from the object that uses something to what it uses: a workload to
// its service account, configuration, secrets and claims; a service, budget or policy
// to the workloads that it selects; a route to its service; a custom resource to its
// definition; a webhook to its service; a binding to its role and its subjects. What
// is not in the package has no edge.
//
// [Graph.Mermaid] and [Graph.DOT] leave the layout to other programs; [Graph.SVG] has
// one of its own and needs none. All three depend on the instance alone, and escape
// what the package says.
package graph
