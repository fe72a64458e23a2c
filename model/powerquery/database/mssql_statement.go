package database

import (
	"strings"
	"unicode"

	"inlay"
)

// SQL Server has no transaction that may only read, and needs nothing between two statements. So
// a statement of a model is read before it is sent: it is one SELECT, whose parentheses are closed
// and in which no word stands that begins another statement or writes. All of these words are
// reserved (Transact-SQL reference, "Reserved Keywords"): as a name, each stands in brackets.
var refusedWords = wordSet(`ADD ALTER AUTHORIZATION BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC
	DEALLOCATE DECLARE DELETE DENY DISK DROP DUMP EXEC EXECUTE EXIT FILE GOTO GRANT IDENTITY_INSERT IF
	INSERT INTO KILL LINENO LOAD MERGE OPEN OPENDATASOURCE OPENQUERY OPENROWSET PRINT PROC PROCEDURE RAISERROR READTEXT RECONFIGURE
	RESTORE RETURN REVERT REVOKE ROLLBACK SAVE SET SETUSER SHUTDOWN STATISTICS TRAN TRANSACTION TRIGGER TRUNCATE TSEQUAL UPDATE
	UPDATETEXT USE WAITFOR WHILE WRITETEXT`)

func wordSet(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// Statement is a statement without its comments, or why it is not sent. It can stand in FROM
// unless it begins with WITH or has ORDER BY, FOR or OPTION at its end.
func (m *sqlServer) Statement(sql string) (text string, derived bool, err error) {
	r := &statementReader{rest: sql}
	if err := r.read(); err != nil {
		return "", false, inlay.Errorf(inlay.Invalid, "the statement for database %q is not sent: %s", m.name, err)
	}
	return r.out.String(), r.first == "SELECT" && !r.tail, nil
}

// statementReader goes through a statement.
type statementReader struct {
	rest  string
	out   strings.Builder
	depth int    // of parentheses
	first string // word
	tail  bool   // a word was seen that no subquery has
}

type unfit string

func (u unfit) Error() string { return string(u) }

func (r *statementReader) read() error {
	for r.rest != "" {
		if err := r.next(); err != nil {
			return err
		}
	}
	switch {
	case r.depth > 0:
		return unfit("a parenthesis is not closed")
	case r.first == "":
		return unfit("it is empty")
	}
	return nil
}

// next reads a comment, a text, a name in quotes, a word, or a character.
func (r *statementReader) next() error {
	s := r.rest
	switch {
	case strings.HasPrefix(s, "--"):
		end := strings.IndexAny(s, "\r\n")
		if end < 0 {
			end = len(s)
		}
		r.drop(end)
		return nil
	case strings.HasPrefix(s, "/*"):
		return r.comment()
	case s[0] == '\'', s[0] == '"':
		return r.quoted(s[0])
	case s[0] == '[':
		return r.quoted(']')
	}
	n := 0
	for i, c := range s {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_@#$", c) {
			break
		}
		n = i + len(string(c))
	}
	if n > 0 {
		return r.word(s[:n])
	}
	switch s[0] {
	case 0:
		return unfit("it has a character that is none")
	case ';':
		return unfit("it is more than one: it has a semicolon")
	case '(':
		r.depth++
	case ')':
		if r.depth--; r.depth < 0 {
			return unfit("a parenthesis is closed that was not opened")
		}
	}
	r.take(1)
	return nil
}

func (r *statementReader) word(w string) error {
	upper := strings.ToUpper(w)
	switch {
	case r.first == "" && upper != "SELECT" && upper != "WITH":
		return unfit("it begins with " + w + ", not with SELECT or WITH")
	case refusedWords[upper]:
		return unfit("it has the word " + upper + "; a column of this name is written [" + w + "]")
	case r.first == "":
		r.first = upper
	case r.depth == 0 && (upper == "ORDER" || upper == "FOR" || upper == "OPTION" || upper == "COMPUTE"):
		r.tail = true
	}
	r.take(len(w))
	return nil
}

// comment leaves out a comment, which may hold others.
func (r *statementReader) comment() error {
	deep, i := 0, 0
	for i < len(r.rest) {
		switch {
		case strings.HasPrefix(r.rest[i:], "/*"):
			deep++
			i += 2
		case strings.HasPrefix(r.rest[i:], "*/"):
			deep--
			i += 2
		default:
			i++
		}
		if deep == 0 {
			r.drop(i)
			return nil
		}
	}
	return unfit("a comment is not closed")
}

// quoted takes what lies between quotes; a quote that stands twice is one of the text.
func (r *statementReader) quoted(end byte) error {
	for i := 1; i < len(r.rest); i++ {
		if r.rest[i] != end {
			continue
		}
		if i+1 < len(r.rest) && r.rest[i+1] == end {
			i++
			continue
		}
		r.take(i + 1)
		return nil
	}
	return unfit("a text or name is not closed: it lacks " + string(end))
}

func (r *statementReader) take(n int) {
	r.out.WriteString(r.rest[:n])
	r.rest = r.rest[n:]
}

func (r *statementReader) drop(n int) {
	r.out.WriteByte(' ')
	r.rest = r.rest[n:]
}
