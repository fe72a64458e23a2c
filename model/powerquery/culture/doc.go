// Package culture reads and writes numbers and dates as a culture does: en-GB, en-US, de-DE
// and others that data in Power BI projects use.
//
// Reading is stricter than .NET where .NET guesses: thousands separators must stand at
// thousands ("1,5" in en-US is refused, .NET reads 15), a date needs its year. A refusal is
// an error the user sees; a guess is a wrong number nobody sees.
package culture
