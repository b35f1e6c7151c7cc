// Package kubeconfig finds the configuration of a cluster's connection where kubectl
// finds it: in kubeconfig files, or in the pod that the program runs in.
//
// It is apart from installer/dynamiccluster for programs that have a configuration
// already: reading these files costs a program 0.3 MB. Credential plugins (exec) work,
// and so does OpenID Connect.
package kubeconfig
