#include "jobs/doctor.h"

#include "jobs/findings.h"

#include <stdlib.h>

#define EXIT_UNFIT 3

int doctor_command(FILE *out, const struct settings *s, const struct err *config, bool colour, struct err *err)
{
	struct findings *f = calloc(1, sizeof(*f));
	int status;

	if (!f)
		return err_set(err, ERR_NOMEM, "no memory for the findings");
	check_settings(f, s, config);
	check_libraries(f, s);
	check_workspace(f, s);
	check_machine(f, s);
	if (config->code == ERR_OK)
		check_api(f, s);
	status = findings_fit(f) ? 0 : EXIT_UNFIT;
	if (!s->json)
		findings_print(f, out, colour);
	else if (findings_print_json(f, out, err))
		status = -1;
	free(f);
	return status;
}
