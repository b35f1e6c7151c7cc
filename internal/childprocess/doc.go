// Package childprocess runs other programs for what they print: bounded in size, ended
// with their context, and with their complaints in the error.
package childprocess
