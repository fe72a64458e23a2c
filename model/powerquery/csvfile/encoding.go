package csvfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// pages are the code pages of Windows by number, as TextEncoding.Type and Csv.Document name
// them (learn.microsoft.com/windows/win32/intl/code-page-identifiers).
var pages = map[int]encoding.Encoding{
	1200: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), 1201: unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	12000: utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), 12001: utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 858: charmap.CodePage858,
	860: charmap.CodePage860, 862: charmap.CodePage862, 863: charmap.CodePage863, 865: charmap.CodePage865, 866: charmap.CodePage866,
	874: charmap.Windows874, 1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	10000: charmap.Macintosh, 10007: charmap.MacintoshCyrillic, 20866: charmap.KOI8R, 21866: charmap.KOI8U,
	28591: charmap.ISO8859_1, 28592: charmap.ISO8859_2, 28593: charmap.ISO8859_3, 28594: charmap.ISO8859_4, 28595: charmap.ISO8859_5,
	28596: charmap.ISO8859_6, 28597: charmap.ISO8859_7, 28598: charmap.ISO8859_8, 28599: charmap.ISO8859_9, 28603: charmap.ISO8859_13, 28605: charmap.ISO8859_15,
	932: japanese.ShiftJIS, 51932: japanese.EUCJP, 50220: japanese.ISO2022JP, 949: korean.EUCKR, 51949: korean.EUCKR,
	936: simplifiedchinese.GBK, 54936: simplifiedchinese.GB18030, 52936: simplifiedchinese.HZGB2312, 950: traditionalchinese.Big5,
	20127: charmap.ISO8859_1,
}

// decoder is nil for UTF-8.
func decoder(codePage int) (*encoding.Decoder, error) {
	if codePage == 0 || codePage == 65001 {
		return nil, nil
	}
	if e := pages[codePage]; e != nil {
		return e.NewDecoder(), nil
	}
	return nil, fmt.Errorf("the encoding %d is not supported; supported are 65001 (UTF-8), 1200 (UTF-16), 1252 and the other code pages of Windows, ISO 8859, Shift-JIS, GBK, Big5 and EUC-KR", codePage)
}

// Decode gives the text of bytes in an encoding; a byte order mark has the last word.
func Decode(b []byte, codePage int) (string, error) {
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		b, codePage = b[3:], 65001
	} else if bytes.HasPrefix(b, []byte("\xff\xfe")) {
		codePage = 1200
	}
	dec, err := decoder(codePage)
	if err != nil {
		return "", err
	}
	if dec == nil {
		if !utf8.Valid(b) {
			return "", errors.New("the bytes are not valid UTF-8; name their encoding, such as 1252")
		}
		return string(b), nil
	}
	out, err := io.ReadAll(dec.Reader(bytes.NewReader(b)))
	return string(out), err
}

// Encode writes a text in an encoding, with a byte order mark if mark is set and the encoding
// has one. A character that the encoding does not have is an error.
func Encode(s string, codePage int, mark bool) ([]byte, error) {
	wide := map[int]struct {
		enc  encoding.Encoding
		mark string
	}{
		65001: {encoding.Nop, "\xef\xbb\xbf"},
		1200:  {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "\xff\xfe"},
		1201:  {unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "\xfe\xff"},
		12000: {utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "\xff\xfe\x00\x00"},
		12001: {utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "\x00\x00\xfe\xff"},
	}
	w, ok := wide[codePage]
	if !ok {
		if _, err := decoder(codePage); err != nil {
			return nil, err
		}
		w.enc = pages[codePage]
	}
	out, err := w.enc.NewEncoder().Bytes([]byte(s))
	for i := range out {
		if codePage == 20127 && out[i] >= utf8.RuneSelf {
			err = errors.New("not ASCII")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the text holds a character that the encoding %d does not have", codePage)
	}
	if mark {
		out = append([]byte(w.mark), out...)
	}
	return out, nil
}
