/* report_sql.c - the SQL by which the figures can be checked: `packshot report --sql | sqlite3
 * packshot-out/packshot.db`. */
#include "jobs/report.h"

#include <inttypes.h>

extern const char schemas_report_sql[];

int report_sql(FILE *out, const struct report_figures *f, struct err *e)
{
	fprintf(out, ".mode list\n.headers on\nCREATE TEMP TABLE scope (run INTEGER PRIMARY KEY, counted INTEGER NOT "
		     "NULL);\n"
		     "INSERT INTO scope VALUES");
	for (size_t i = 0; i < f->run_count; i++)
		fprintf(out, "%s (%" PRId64 ", %d)", i ? "," : "", f->runs[i].id, !f->runs[i].gone_on_with);
	fprintf(out, ";\n\n%s", schemas_report_sql);
	return fflush(out) == 0 && !ferror(out) ? 0 : err_errno(e, ERR_IO, "the SQL cannot be written");
}
