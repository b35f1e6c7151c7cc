// Package starter has packages to start from: whole ones that validate, test and build,
// with comments that teach.
//
//	made, err := starter.Make(ctx, "shop", "webapp")
//	...
//	err = made.Write("./shop")
package starter
