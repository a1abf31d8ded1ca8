/* check.h - what every unit test includes: cmocka with its prelude, and one assertion that prints both values. */
#ifndef PACKSHOT_TESTS_CHECK_H
#define PACKSHOT_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* For table-driven cases: names the row that failed. */
#define CHECK_INT(name, got, want)                                                                                   \
	do {                                                                                                         \
		long long got_ = (long long)(got), want_ = (long long)(want);                                        \
		if (got_ != want_)                                                                                   \
			fail_msg("%s: %s is %lld, not %lld", (name), #got, got_, want_);                             \
	} while (0)

#define CHECK_TEXT(name, got, want)                                                                                  \
	do {                                                                                                         \
		const char *got_ = (got), *want_ = (want);                                                           \
		if (!got_ || strcmp(got_, want_) != 0)                                                               \
			fail_msg("%s: %s is \"%s\", not \"%s\"", (name), #got, got_ ? got_ : "(null)", want_);       \
	} while (0)

#endif
