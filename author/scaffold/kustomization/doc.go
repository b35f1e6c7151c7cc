// Package kustomization makes the input of a package of what a kustomization builds.
//
// A [Builder] builds it; [Program] does so with the kustomize program, or with kubectl.
// Kustomize itself is not linked. The kustomization files are read beside that, for what the
// built objects do not say: the namespace and the images that are set, and that something
// comes from elsewhere. What comes from elsewhere is refused unless it is allowed: it
// can be something else tomorrow.
package kustomization
