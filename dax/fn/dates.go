package fn

var dates = []Func{}
