// Includes the case file KC_SELF for float, then for double, as driver_expand.h does for drivers.
#define FN_PASTE_(a, b) a##_##b
#define FN_PASTE(a, b) FN_PASTE_(a, b)
#define FN(name) FN_PASTE(name, KC_SUFFIX)
#define KC_BOTH(name) {name##_f32, name##_f64}

#define T float
#define KC_SUFFIX f32
#include KC_SELF
#undef T
#undef KC_SUFFIX

#define T double
#define KC_SUFFIX f64
#include KC_SELF
#undef T
#undef KC_SUFFIX
#undef KC_SELF
