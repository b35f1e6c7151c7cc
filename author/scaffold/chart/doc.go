// Package chart makes the input of a package of a Helm chart.
//
// A chart is a program that turns values into objects, and what it does with a value
// cannot be read off its templates. So it is asked: the chart is rendered with its
// values, again with values that are easily told apart, and again with empty ones. Where
// each value shows in the objects, whole or inside of a text, and which objects, fields
// and items it turns on and off, follows from comparing what came out. Then the package
// that was made of it is rendered with all of these values, and its objects have to be those
// of the chart. A value for which they are not stays fixed, and a decision says so.
//
// A [Renderer] renders the chart. [Program] does so with the helm program; Helm
// itself is not linked.
package chart
