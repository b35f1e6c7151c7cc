// Package export hands a rendered package over to installers of others: files that
// Flux, Argo CD, kubectl or Package Operator take.
//
// [Folders] and [Waves] return the objects as files, in memory, in a folder for each
// phase. [Artifact] puts them into an OCI image; [Flux] and [ArgoCD] make the objects
// by which these apply them, phase by phase. [PackageResource] makes the object that
// Package Operator installs a package by. What the receiver cannot express comes as a
// remark, a sentence each; nothing is dropped in silence.
//
// What is written depends on its arguments alone, byte for byte. Objects keep the
// labels that rendering gave them. Secrets are written as they are: whoever stores
// the files somewhere decides who can read them, and a remark says so.
package export
