// Package schema reads configuration schemas: structural schemas as Kubernetes
// defines them for custom resources.
//
// [Parse] turns plain values into a [Schema] and reports keywords that do not
// exist or have the wrong form; [Check] applies the rules of structural
// schemas. A checked schema drops unknown keys ([Schema.Prune]), drops nulls
// and sets defaults ([Schema.DropNulls], [Schema.ApplyDefaults]), and a
// [Validator] compiled from it judges values.
//
// The rules are those of k8s.io/apiextensions-apiserver for custom resource
// definitions in apiextensions.k8s.io/v1.
package schema
