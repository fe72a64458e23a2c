// Package admission decides which question runs next, where more are asked than can run at
// once. A queue has slots; who finds none free waits in turn:
//
//	tenant ─► turn of tenants (round robin) ─► turn of what is below ─► first come, first served ─► slot
//
// A tenant is whatever the first word of a question's path says; below it, paths are as deep as
// the caller likes, and each level takes turns. So one tenant that asks a thousand things delays
// another's one by the length of a turn, not of a thousand.
//
// The package knows neither queries nor HTTP. It measures how long slots are held and says, when
// the queue is full, after what time it is worth coming again.
package admission
