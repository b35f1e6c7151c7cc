// Package pages opens the pages that packstage writes in a real browser.
package pages
