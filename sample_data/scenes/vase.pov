// A bottle-shaped vase of green glass. VIEW 1 pastel pink studio, 2 plain white for the cutout, 3 shelf.
#declare DEEP = 6;   // glass is slow: fewer bounces, fewer light samples
#declare LIGHTS = 4;
#include "common.inc"
#include "props.inc"
#declare GlassT = texture { pigment { color rgbf <0.62, 0.88, 0.76, 0.9> }
  finish { ambient 0 diffuse 0.03 specular 0.7 roughness 0.003 reflection { 0.02, 0.6 } } }
#declare Vase = difference {
  sor { 9, <0.3, -0.1>, <0.52, 0>, <0.70, 0.14>, <0.75, 0.45>, <0.60, 0.88>, <0.30, 1.28>, <0.235, 1.62>, <0.34, 2.08>, <0.5, 2.4> }
  sor { 9, <0.2, 0.02>, <0.35, 0.12>, <0.63, 0.22>, <0.695, 0.46>, <0.545, 0.87>, <0.25, 1.28>, <0.19, 1.62>, <0.30, 2.09>, <0.45, 2.4> }
  M(GlassT) #if (!MASK) interior { ior 1.15 } #end }
#if (VIEW = 1)
  Studio(-1, 1)
  Sweep(srgb <0.93, 0.82, 0.80>, 6.5)
  object { Vase translate x*0.05 }
  Cam(<0, 2.3, -8.5>, <0, 1.0, 0>, 20)
#end
#if (VIEW = 2)
  Studio(1, 1.1)
  Sweep(srgb <0.95, 0.95, 0.95>, 6.5)
  object { Vase rotate y*40 }
  Cam(<0, 3.0, -8.5>, <0, 1.0, 0>, 19.5)
#end
#if (VIEW = 3)
  Shelf()
  object { Vase }
  Cam(<-0.4, 1.9, -8.2>, <0.1, 1.15, 0>, 34)
#end
