/* budget.h: what is granted, who waits, and who is refused. */
#include "tests/check.h"

#include "pipeline/budget.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static enum budget_answer take(struct budget *b, struct budget_wait *w, int64_t nano)
{
	w->nano = nano;
	return budget_take(b, w);
}

static void test_no_limit(void **state)
{
	struct budget *b = budget_create(0, 5);
	struct budget_wait w;

	(void)state;
	CHECK_INT("any", take(b, &w, INT64_MAX / 2), BUDGET_GRANTED);
	assert_null(budget_give(b, w.nano, 7));
	CHECK_INT("used", budget_used(b), 12);
	budget_free(b);
}

static void test_waits_for_what_is_given_back(void **state)
{
	struct budget *b = budget_create(100, 10);
	struct budget_wait one, two, three;

	(void)state;
	CHECK_INT("one", take(b, &one, 60), BUDGET_GRANTED);
	CHECK_INT("two", take(b, &two, 40), BUDGET_WAITS);
	CHECK_INT("three is small enough, and not before two", take(b, &three, 1), BUDGET_WAITS);
	assert_ptr_equal(budget_give(b, 60, 50), &two); /* 10 + 50 + 40 = 100 */
	CHECK_INT("two", two.granted, 1);
	assert_null(two.next);
	CHECK_INT("used", budget_used(b), 100);
	assert_ptr_equal(budget_give(b, 40, 40), &three);
	CHECK_INT("nobody is under way who could give more back", three.granted, 0);
	CHECK_INT("used", budget_used(b), 100);
	budget_free(b);
}

static void test_refused_where_nothing_is_under_way(void **state)
{
	struct budget *b = budget_create(100, 70);
	struct budget_wait w;

	(void)state;
	CHECK_INT("too much", take(b, &w, 31), BUDGET_REFUSED);
	CHECK_INT("just", take(b, &w, 30), BUDGET_GRANTED);
	assert_null(budget_give(b, 30, 0)); /* refused unbilled */
	CHECK_INT("used", budget_used(b), 70);
	budget_free(b);
	b = budget_create(100, 120); /* spent already, by a run with a larger one */
	CHECK_INT("even nothing", take(b, &w, 1), BUDGET_REFUSED);
	budget_free(b);
}

/* --- many threads --- */

#define THREADS 8
#define TAKES   20000
#define LIMIT   1000

static struct budget *shared;
static atomic_llong in_use, most, granted_later;

static void spend(struct budget_wait *w);

static void over(struct budget_wait *list)
{
	while (list) {
		struct budget_wait *w = list;

		list = list->next;
		if (w->granted) {
			granted_later++;
			spend(w);
		}
		free(w);
	}
}

static void spend(struct budget_wait *w)
{
	long long now = atomic_fetch_add(&in_use, w->nano) + w->nano, seen = atomic_load(&most);

	while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
		;
	in_use -= w->nano;
	over(budget_give(shared, w->nano, 0));
}

static void *many(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	for (int i = 0; i < TAKES; i++) {
		struct budget_wait *w = calloc(1, sizeof(*w));

		w->nano = 1 + rand_r(&seed) % 400;
		switch (budget_take(shared, w)) {
		case BUDGET_GRANTED:
			spend(w);
			free(w);
			break;
		case BUDGET_REFUSED:
			fail_msg("%s", "refused, where all that is taken comes back");
			break;
		case BUDGET_WAITS:
			break; /* whoever gives back has it now */
		}
	}
	return NULL;
}

static void test_many_threads(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	shared = budget_create(LIMIT, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, many, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT("never more", most <= LIMIT, 1);
	CHECK_INT("all came back", budget_used(shared), 0);
	budget_free(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit),
		cmocka_unit_test(test_waits_for_what_is_given_back),
		cmocka_unit_test(test_refused_where_nothing_is_under_way),
		cmocka_unit_test(test_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
