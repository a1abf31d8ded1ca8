#include "jobs/reason.h"

#include <stddef.h>
#include <string.h>

const char *reason_meaning(const char *name)
{
	static const struct {
		const char *name, *meaning;
	} reasons[] = {
		/* of the cutout (stages/cutout.h) */
		{ "backdrop_not_plain", "the photo's backdrop is not plain" },
		{ "low_contrast", "the product is hard to tell from the backdrop" },
		{ "unsure_cutout", "much of the outline is neither clearly in nor out" },
		{ "touches_border", "the photo's edge cuts the product" },
		{ "other_objects", "something else is in the photo" },
		{ "tiny_product", "the product covers very little of the photo" },
		/* of the finished file (stages/inspect.h) */
		{ "wrong_format", "the file has another format than was asked for" },
		{ "wrong_size", "the file has another size than was asked for" },
		{ "not_opaque", "the file is partly transparent" },
		{ "border_not_white", "the border is not white, or the product touches it" },
		{ "empty_picture", "nothing is in the picture" },
		{ "off_white", "the background is not pure white" },
		{ "low_fill", "the product is smaller in the frame than was asked for" },
		{ "off_centre", "the product is not in the middle" },
		{ "upscaled", "the photo has too few pixels for this size" },
		/* of the models and the copy */
		{ "fallback", "another model had to make it" },
		{ "reference_missing", "a further view could not be sent along" },
		{ "copy_by_template", "the model's text was no good; the templates wrote it" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].name, name) == 0)
			return reasons[i].meaning;
	}
	return NULL;
}
