package packageloader

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/packstage/packstage/internal/asynchash"
)

// tarReader reads the entries of a tar as archive/tar does. Headers of files and
// folders that are spelled as everyone spells them it reads itself, in a fraction of
// the time: most packages hold nothing else, and in a package of many small files
// headers are half of the tar. From the first other header on, the last one included,
// archive/tar reads.
type tarReader struct {
	stream *asynchash.Reader
	// header of the current entry; content and padding are what of it was not read.
	header           tar.Header
	content, padding int64
	// others reads the rest, once it is set.
	others *tar.Reader
}

// tarBlock is the unit of a tar.
const tarBlock = 512

// Next goes to the next entry. The header is valid until the next call.
func (t *tarReader) Next() (*tar.Header, error) {
	if t.others != nil {
		return t.others.Next()
	}
	if _, err := t.stream.Discard(t.content); err != nil {
		return nil, unexpected(err)
	}
	t.content = 0
	// A tar that ends in the padding of its last file ends there for archive/tar, too.
	if _, err := t.stream.Discard(t.padding); err != nil {
		return nil, err
	}
	t.padding = 0
	// The error of a stream without another block is for archive/tar to tell.
	block, _ := t.stream.Peek()
	if len(block) < tarBlock || !usualHeader(block[:tarBlock], &t.header) {
		t.others = tar.NewReader(t.stream)
		return t.others.Next()
	}
	t.stream.Skip(tarBlock)
	t.content = t.header.Size
	t.padding = -t.header.Size & (tarBlock - 1)
	return &t.header, nil
}

// Content reads the whole content of the current entry, which has size bytes.
func (t *tarReader) Content(size int64) ([]byte, error) {
	var stream io.Reader = t.stream
	if t.others != nil {
		stream = t.others
	} else {
		if block, err := t.stream.Peek(); err == nil && int64(len(block)) >= size {
			t.stream.Skip(int(size))
			t.content = 0
			return bytes.Clone(block[:size]), nil // without clearing it first
		}
		t.content = 0
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(stream, content); err != nil {
		return nil, unexpected(err)
	}
	return content, nil
}

// unexpected makes an early end of what is missing.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// usualHeader reads the header of a regular file, or of a folder, as POSIX has it and
// as tar programs write it: numbers are octal digits to the full width of their field
// and a NUL. It returns false for any other, or one that is wrong.
func usualHeader(block []byte, header *tar.Header) bool {
	const magic = "ustar\x0000" // with the version
	if string(block[257:265]) != magic || !allZero(block[500:tarBlock]) ||
		!isOctal(block[100:108]) || !isOctal(block[108:116]) || !isOctal(block[116:124]) || // mode, owner, group
		!isOctal(block[136:148]) || // time
		!isOctal(block[329:337]) && !allZero(block[329:337]) || !isOctal(block[337:345]) && !allZero(block[337:345]) { // devices
		return false
	}
	// The sum is over the header with blanks in the place of the sum, which ends in
	// a NUL and a blank.
	if !isOctal(block[148:155]) || block[155] != ' ' ||
		octal(block[148:155]) != sumOfBytes(block)-sumOfBytes(block[148:156])+8*' ' {
		return false
	}
	if !isOctal(block[124:136]) {
		return false
	}
	size, kind := octal(block[124:136]), block[156]
	if kind != tar.TypeReg && (kind != tar.TypeDir || size != 0) {
		return false
	}
	name := untilNUL(block[:100])
	if folder := untilNUL(block[345:500]); len(folder) > 0 {
		header.Name = string(folder) + "/" + string(name)
	} else {
		header.Name = string(name)
	}
	header.Typeflag, header.Size = kind, size
	return true
}

func untilNUL(field []byte) []byte {
	if end := bytes.IndexByte(field, 0); end >= 0 {
		return field[:end]
	}
	return field
}

// isOctal tells whether a field holds octal digits and a NUL, and nothing else.
func isOctal(field []byte) bool {
	last := len(field) - 1
	for _, c := range field[:last] {
		if c < '0' || c > '7' {
			return false
		}
	}
	return field[last] == 0
}

// octal is the number in a field of which isOctal is true.
func octal(field []byte) int64 {
	var number int64
	for _, c := range field[:len(field)-1] {
		number = number<<3 | int64(c-'0')
	}
	return number
}

func allZero(field []byte) bool {
	for _, c := range field {
		if c != 0 {
			return false
		}
	}
	return true
}

// sumOfBytes adds up to 512 bytes, a multiple of 8.
func sumOfBytes(block []byte) int64 {
	// Each quarter of a sum takes 128 bytes of at most 255 without overflowing.
	const quarters = 0x00ff00ff00ff00ff
	var sum uint64
	for ; len(block) >= 8; block = block[8:] {
		eight := binary.LittleEndian.Uint64(block)
		sum += eight&quarters + eight>>8&quarters
	}
	return int64(sum&0xffff + sum>>16&0xffff + sum>>32&0xffff + sum>>48)
}
