#include "stages/wording.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 60 /* bytes of one word of a text */

/* The file; a zero byte follows it. */
extern const char schemas_wording_json[];

static const char *const sections[] = { "rules", "materials", "brands", "numbers", "capitals", "kinds", "units" };

int wording_open(struct wording *w, struct err *e)
{
	memset(w, 0, sizeof(*w));
	w->root = cJSON_Parse(schemas_wording_json);
	if (!w->root)
		return err_set(e, ERR_CONFIG, "the rules on wording are not JSON");
	digest_of(schemas_wording_json, strlen(schemas_wording_json), &w->digest);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		if (!cJSON_GetObjectItemCaseSensitive(w->root, sections[i]))
			return err_set(e, ERR_CONFIG, "the rules on wording lack \"%s\"", sections[i]);
	}
	return 0;
}

void wording_close(struct wording *w)
{
	cJSON_Delete(w->root);
	memset(w, 0, sizeof(*w));
}

static const cJSON *section(const struct wording *w, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(w->root, name);
}

/* A byte of UTF-8 beyond ASCII is part of a word in Latin scripts ("crème"), but Han characters are not: "steel杯". */
static bool is_word_byte(unsigned char c)
{
	return isalnum(c) || (c >= 0xc3 && c <= 0xc9);
}

static bool begins_word(const char *text, const char *at)
{
	return at == text || !is_word_byte((unsigned char)at[-1]);
}

static bool ends_word(const char *end)
{
	if (*end == 's')
		end++;
	return !is_word_byte((unsigned char)*end);
}

/* As strstr(), ASCII case aside. */
static const char *find(const char *text, const char *word, size_t length)
{
	while (*text && strncasecmp(text, word, length) != 0)
		text++;
	return *text ? text : NULL;
}

/* Where the word stands; NULL: nowhere. */
static const char *place_of(const char *text, const char *word)
{
	size_t length = strlen(word);
	bool left = isalnum((unsigned char)word[0]), right = length && isalnum((unsigned char)word[length - 1]);

	for (const char *at = text; length && (at = find(at, word, length)) != NULL; at++) {
		if ((!left || begins_word(text, at)) && (!right || ends_word(at + length)))
			return at;
	}
	return NULL;
}

bool wording_has(const char *text, const char *word)
{
	return place_of(text, word) != NULL;
}

void wording_blank(char *text, const char *word)
{
	const char *at;

	while ((at = place_of(text, word)) != NULL)
		memset(text + (at - text), ' ', strlen(word));
}

/* --- forbidden words --- */

static bool rule_holds(const cJSON *rule, const char *locale, const char *const *markets, int market_count)
{
	const char *market = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rule, "market"));
	const char *language = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rule, "language"));
	size_t length = language ? strlen(language) : 0;

	if (!market || !language || strncasecmp(locale, language, length) != 0 ||
	    isalnum((unsigned char)locale[length]))
		return false;
	if (market_count == 0 || strcmp(market, "any") == 0)
		return true;
	for (int i = 0; i < market_count; i++) {
		if (strcasecmp(markets[i], market) == 0)
			return true;
	}
	return false;
}

/* The text without the phrases in which a rule's words mean something else. malloc()ed; NULL: no memory. */
static char *without(const cJSON *phrases, const char *text)
{
	char *left = strdup(text);
	const cJSON *phrase;

	cJSON_ArrayForEach(phrase, phrases)
	{
		if (left && cJSON_IsString(phrase))
			wording_blank(left, phrase->valuestring);
	}
	return left;
}

/* By the brand's name; or by the fields, where no law forbids it, or it is a composition. */
static bool may_say(const cJSON *rule, const char *word, const char *brand, const char *fields)
{
	const char *market = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rule, "market"));
	bool by_fields = strchr(word, '%') || (market && strcmp(market, "any") == 0);

	return (brand && wording_has(brand, word)) || (by_fields && wording_has(fields, word));
}

void wording_check(const struct wording *w, const char *locale, const char *const *markets, int market_count,
		   const char *brand, const char *fields, const char *where, const char *text, struct faults *faults)
{
	const cJSON *rule, *word;

	cJSON_ArrayForEach(rule, section(w, "rules"))
	{
		const char *why = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rule, "why"));
		char *left;

		if (!rule_holds(rule, locale, markets, market_count))
			continue;
		left = without(cJSON_GetObjectItemCaseSensitive(rule, "but"), text);
		cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(rule, "words"))
		{
			const char *said = cJSON_GetStringValue(word);

			if (said && wording_has(left ? left : text, said) && !may_say(rule, said, brand, fields))
				faults_add(faults, "%s: \"%s\" is %s", where, said, why ? why : "forbidden");
		}
		free(left);
	}
}

/* --- what the product's fields do not say --- */

static void check_brands(const struct wording *w, const char *fields, const char *where, const char *text,
			 struct faults *faults)
{
	const cJSON *brand;

	cJSON_ArrayForEach(brand, section(w, "brands"))
	{
		const char *name = cJSON_GetStringValue(brand);

		if (name && wording_has(text, name) && !wording_has(fields, name))
			faults_add(faults, "%s: the brand %s is not in the product's fields", where, name);
	}
}

static void check_number_words(const struct wording *w, const char *fields, const char *where, const char *text,
			       struct faults *faults)
{
	const cJSON *word;

	cJSON_ArrayForEach(word, section(w, "numbers"))
	{
		if (wording_has(text, word->string) && !wording_has(fields, word->string) &&
		    !wording_number_known(w, fields, word->valuedouble))
			faults_add(faults, "%s: \"%s\" is not in the product's fields", where, word->string);
	}
}

static bool is_plain_capital(const struct wording *w, const char *word)
{
	const cJSON *known;

	cJSON_ArrayForEach(known, section(w, "capitals"))
	{
		if (cJSON_IsString(known) && strcmp(known->valuestring, word) == 0)
			return true;
	}
	return false;
}

/* English sentences have capitals at their beginning and in names; a name that the fields do not have is made up. */
static void check_names(const struct wording *w, const char *fields, const char *where, const char *text,
			struct faults *faults)
{
	bool first = true;

	for (const char *s = text; *s;) {
		char word[WORD_MAX];
		size_t length = 0;

		if (!is_word_byte((unsigned char)*s)) {
			first = first || strchr(".!?:;\"(", *s);
			s++;
			continue;
		}
		while (is_word_byte((unsigned char)s[length]) || (unsigned char)s[length] >= 0x80)
			length++;
		snprintf(word, sizeof(word), "%.*s", (int)length, s);
		if (!first && isupper((unsigned char)word[0]) && word[1] && !is_plain_capital(w, word) &&
		    !wording_has(fields, word))
			faults_add(faults, "%s: the name %s is not in the product's fields", where, word);
		first = false;
		s += length;
	}
}

void wording_check_truth(const struct wording *w, const char *locale, const char *fields, const char *where,
			 const char *text, struct faults *faults)
{
	bool is_title = strstr(where, "title") != NULL || strstr(where, "keyword") != NULL;

	wording_check_materials(w, fields, where, text, faults);
	check_brands(w, fields, where, text, faults);
	check_number_words(w, fields, where, text, faults);
	/* Titles are often written with Capitals Throughout. */
	if (strncasecmp(locale, "en", 2) == 0 && !is_title)
		check_names(w, fields, where, text, faults);
}
