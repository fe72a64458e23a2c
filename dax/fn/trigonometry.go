package fn

var trigonometry = []Func{}
