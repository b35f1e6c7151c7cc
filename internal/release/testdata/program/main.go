// Command program stands in for the real one, which takes long to build.
package main

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
)

var version = "v0.0.0"

func main() { fmt.Println(semver.MustParse(version).Original()) }
