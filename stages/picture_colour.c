/* picture_colour.c - whatever a file's samples mean, to sRGB. */
#include "stages/picture_vips.h"

static bool is_cmyk(const VipsImage *in)
{
	return in->Type == VIPS_INTERPRETATION_CMYK;
}

/* L*a*b* packed into four bytes has three channels, whatever libvips counts. */
bool picture_has_alpha(VipsImage *in)
{
	return in->Coding == VIPS_CODING_NONE && vips_image_hasalpha(in);
}

/* L*a*b* says which colour it is by itself: a profile beside it is for something else. */
static bool is_lab(const VipsImage *in)
{
	return in->Type == VIPS_INTERPRETATION_LAB || in->Type == VIPS_INTERPRETATION_LABS ||
	       in->Coding == VIPS_CODING_LABQ;
}

/* Samples that are numbers without a known range, and channels without a known meaning, cannot be shown truthfully. */
static int check_samples(VipsImage *in, struct err *e)
{
	int colours = in->Bands - (picture_has_alpha(in) ? 1 : 0);

	if (is_lab(in))
		return 0;
	if (in->BandFmt != VIPS_FORMAT_UCHAR && in->BandFmt != VIPS_FORMAT_USHORT)
		return err_set(e, ERR_UNSUPPORTED, "pictures with %s samples are not accepted",
			       vips_enum_nick(VIPS_TYPE_BAND_FORMAT, in->BandFmt));
	if (colours != 1 && colours != 3 && !(colours == 4 && is_cmyk(in)))
		return err_set(e, ERR_UNSUPPORTED, "pictures with %d colour channels are not accepted", colours);
	return 0;
}

static VipsImage *apply_profile(VipsImage *in)
{
	VipsImage *out = NULL;
	size_t size;
	int rc;

	if (is_cmyk(in))
		rc = vips_icc_transform(in, &out, "srgb", "embedded", TRUE, "input_profile", "cmyk", "intent",
					VIPS_INTENT_RELATIVE, "black_point_compensation", TRUE, NULL);
	else if (!is_lab(in) && picture_foreign_profile(in, &size))
		rc = vips_icc_transform(in, &out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE,
					"black_point_compensation", TRUE, NULL);
	else
		return NULL;
	if (rc != 0)
		vips_error_clear(); /* a profile that is broken, or for another kind of picture, is as good as none */
	return rc == 0 ? out : NULL;
}

/* libvips goes from packed L*a*b* to sRGB by a coarse table, 30 of 255 off, but not from the unpacked one. */
static int to_srgb(VipsImage *in, VipsImage **out)
{
	VipsImage *lab;
	int rc;

	if (in->Coding != VIPS_CODING_LABQ)
		return vips_colourspace(in, out, VIPS_INTERPRETATION_sRGB, NULL);
	if (vips_LabQ2Lab(in, &lab, NULL) != 0)
		return -1;
	rc = vips_colourspace(lab, out, VIPS_INTERPRETATION_sRGB, NULL);
	g_object_unref(lab);
	return rc;
}

static VipsImage *colours_to_srgb(VipsImage *in)
{
	VipsImage *out = apply_profile(in), *small = NULL;

	if (!out && to_srgb(in, &out) != 0)
		return NULL;
	vips_cast_uchar(out, &small, NULL);
	g_object_unref(out);
	return small;
}

/* 16 bit: the upper byte is the 8-bit value. */
static VipsImage *alpha_to_8_bit(VipsImage *in)
{
	VipsImage *band = NULL, *out = NULL;

	if (vips_extract_band(in, &band, in->Bands - 1, NULL) != 0)
		return NULL;
	if (band->BandFmt == VIPS_FORMAT_USHORT)
		vips_msb(band, &out, NULL);
	else
		vips_cast_uchar(band, &out, NULL);
	g_object_unref(band);
	return out;
}

static VipsImage *with_alpha(VipsImage *in)
{
	VipsImage *bands = NULL, *colours = NULL, *alpha = alpha_to_8_bit(in), *out = NULL;

	if (vips_extract_band(in, &bands, 0, "n", in->Bands - 1, NULL) == 0)
		colours = colours_to_srgb(bands);
	if (colours && alpha)
		vips_bandjoin2(colours, alpha, &out, NULL);
	VIPS_UNREF(bands);
	VIPS_UNREF(colours);
	VIPS_UNREF(alpha);
	return out;
}

VipsImage *picture_to_srgb(VipsImage *in, struct err *e)
{
	bool has_alpha = picture_has_alpha(in);
	VipsImage *out;

	if (check_samples(in, e) != 0)
		return NULL;
	out = has_alpha ? with_alpha(in) : colours_to_srgb(in);
	if (!out)
		picture_blame(e, ERR_PICTURE, "the picture's colours make no sense");
	else if (out->Bands != (has_alpha ? 4 : 3)) {
		err_set(e, ERR_UNSUPPORTED, "pictures with %d channels are not accepted", in->Bands);
		VIPS_UNREF(out);
	}
	return out;
}
