// A saturated orange portable speaker with a woven grille and a carrying loop. One pastel studio picture.
#include "common.inc"
#declare Rubber = Satin(srgb <0.95, 0.33, 0.03>)
#declare Cloth = texture { pigment { checker color srgb <0.93, 0.36, 0.06>, color srgb <0.62, 0.19, 0.02> scale 0.018 rotate <0, 0, 45> } normal { bumps 0.3 scale 0.012 } finish { ambient 0 diffuse 0.85 } }
#declare Dark = Matte(srgb <0.12, 0.12, 0.13>)
#declare White = Satin(srgb <0.95, 0.95, 0.94>)
#declare Mark = Printed(Cloth, White, object { Letters("cyrvetic.ttf", "ORRA", 0.17, 0.36) })
#declare Speaker = union {
  superellipsoid { <0.22, 0.22> scale <1.08, 0.62, 0.42> translate y*0.64 M(Rubber) }
  superellipsoid { <0.2, 0.2> scale <0.96, 0.50, 0.42> translate <0, 0.64, -0.025> M(Mark) }
  union { #for (I, -1, 1) cylinder { <I*0.26, 1.25, 0>, <I*0.26, 1.285, 0>, 0.085 } #end M(Dark) }
  union { Bend(array[7] { <1.02, 0.95, 0>, <1.16, 1.0, 0>, <1.34, 0.93, 0>, <1.40, 0.68, 0>, <1.34, 0.43, 0>, <1.16, 0.36, 0>, <1.02, 0.40, 0> }, 0.035, 60) scale <1, 1, 2> M(Dark) }
  #for (I, -1, 1, 2) cylinder { <I*0.7, 0, 0>, <I*0.7, 0.06, 0>, 0.12 M(Dark) } #end
}
Studio(-1, 1)
Sweep(srgb <0.75, 0.87, 0.86>, 7)
object { Speaker rotate y*16 translate x*-0.12 }
Cam(<0, 2.5, -8.8>, <0, 0.62, 0>, 22)
