package embedtoken

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What is named twice counts once, in the order of the first, in lists of any length.
func TestNamesAreDistinct(t *testing.T) {
	for _, n := range []int{0, 3, maxNamed, maxNamed + 1, 40_000} {
		var list, want []string
		for i := range n {
			list = append(list, fmt.Sprint("Item", i%(n/2+1)))
			if i <= n/2 {
				want = append(want, fmt.Sprint("item", i))
			}
		}
		if got := distinct(list, strings.ToLower); !slices.Equal(got, want) {
			t.Errorf("%d names: %d of %d are left", n, len(got), len(want))
		}
	}
}
