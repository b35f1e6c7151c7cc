// Package repository reads, changes, writes and pushes repository indexes: lists of
// packages, with the image of each version, in which dependencies are looked up.
//
// An [Index] is a file of YAML documents (see [manifest.DecodeRepository]) and, in a
// registry, an image with that file at repository/repository.yaml in its one layer.
// Package Operator reads both, and what it writes is read here.
//
//	index, err := repository.New("demo")
//	entry, err := repository.Describe(ctx, client, "registry.example.com/shop:v1.2.0", nil)
//	_, err = index.Add(entry, repository.AddOptions{})
//	err = index.WriteFile("demo.yaml")
//	digest, err := repository.Push(ctx, client, index, "registry.example.com/index:latest")
package repository
