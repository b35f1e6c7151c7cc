// Package leakcheck finds what work leaves behind: goroutines, open files, files
// in a folder, memory. It is for tests, which must run alone in their process:
// what others leave meanwhile counts, too.
package leakcheck
