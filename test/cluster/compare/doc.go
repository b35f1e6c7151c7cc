// Package compare installs the same objects with packstage, kapp and helm on the
// same API server and says how long each takes, how many calls it makes and how
// much memory it needs. Nothing in it fails on a clock:
//
//	go test ./cluster/compare -run TestCompare -rounds 5 -write ../../../docs/performance.md -v
//
// prints the table and puts it into the document (make bench-install).
package compare
