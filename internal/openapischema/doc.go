// Package openapischema is what is kept of the OpenAPI documents of Kubernetes:
// the structure of its types, without descriptions, in a short form as JSON.
//
// The generator writes it, the packed data holds it, and the checks of objects
// walk it.
package openapischema
