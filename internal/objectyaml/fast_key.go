package objectyaml

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sortFields sorts the fields of a mapping as the library does. That order can go
// round in circles ("1-" < "010" < "0b" < "1-"), and what comes of it depends on how
// the fields stood before: they are sorted by bytes first. Between letters that is
// the library's order already.
func sortFields(fields []field) {
	letters := true
	slices.SortFunc(fields, func(a, b field) int {
		letters = letters && differInLetters(a.key, b.key)
		return strings.Compare(a.key, b.key)
	})
	if letters {
		return
	}
	slices.SortFunc(fields, func(a, b field) int {
		if differInLetters(a.key, b.key) {
			return strings.Compare(a.key, b.key)
		}
		same := sameBeginning(a.key, b.key)
		return compareRunes([]rune(a.key[same:]), []rune(b.key[same:]))
	})
}

// differInLetters tells whether keys differ first in a letter of ASCII, or in their
// lengths.
func differInLetters(a, b string) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			return isASCIILetter(a[i]) && isASCIILetter(b[i])
		}
	}
	return true
}

// sameBeginning returns how much two keys have in common that decides nothing: digits
// at its end count with what follows.
func sameBeginning(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && (n < len(a) && !utf8.RuneStart(a[n]) || n < len(b) && !utf8.RuneStart(b[n])) {
		n--
	}
	for n > 0 {
		r, size := utf8.DecodeLastRuneInString(a[:n])
		if !unicode.IsDigit(r) {
			break
		}
		n -= size
	}
	return n
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// compareRunes puts letters behind everything else, and digits in the order of the
// numbers that they stand for.
func compareRunes(a, b []rune) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] == b[i] {
			continue
		}
		aLetter, bLetter := unicode.IsLetter(a[i]), unicode.IsLetter(b[i])
		switch {
		case aLetter && bLetter:
			return int(a[i]) - int(b[i])
		case bLetter:
			return -1
		case aLetter:
			return 1
		}
		return compareNumbers(a, b, i)
	}
	return len(a) - len(b)
}

// compareNumbers compares what begins at i, where neither has a letter.
func compareNumbers(a, b []rune, i int) int {
	var aNumber, bNumber int64
	if a[i] == '0' || b[i] == '0' {
		// A zero counts behind other digits only.
		for j := i - 1; j >= 0 && unicode.IsDigit(a[j]); j-- {
			if a[j] != '0' {
				aNumber, bNumber = 1, 1
				break
			}
		}
	}
	aEnd, bEnd := i, i
	for ; aEnd < len(a) && unicode.IsDigit(a[aEnd]); aEnd++ {
		aNumber = aNumber*10 + int64(a[aEnd]-'0')
	}
	for ; bEnd < len(b) && unicode.IsDigit(b[bEnd]); bEnd++ {
		bNumber = bNumber*10 + int64(b[bEnd]-'0')
	}
	switch {
	case aNumber < bNumber:
		return -1
	case aNumber > bNumber:
		return 1
	case aEnd != bEnd:
		return aEnd - bEnd
	}
	return int(a[i]) - int(b[i])
}
