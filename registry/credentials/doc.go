// Package credentials keeps and finds the credentials for registries where
// Docker and Podman have them, so that who has logged in with either need not do
// it again, and the other way round.
//
// A [Store] works on one folder of Docker's configuration: on its file
// config.json, and through the credential helpers that the file names. It is an
// authn.Keychain for the client of package registry. Nothing is taken from the
// environment of the process unless the caller passes it on; [FromEnvironment]
// does so as the docker command does.
//
// No secret is ever part of an error.
package credentials
