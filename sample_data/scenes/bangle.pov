// Gold bangle with small blue stones, lying against its box's lining: mid grey, smooth; rendered very large.
#include "common.inc"
#declare Gold = Metal(srgb <0.93, 0.77, 0.45>, 0.66)
#declare Stone = texture { pigment { color srgb <0.06, 0.20, 0.62> } finish { ambient 0 diffuse 0.55 specular 0.9 roughness 0.004 reflection { 0.08, 0.5 } } }
#declare Bangle = union {
  difference { torus { 0.95, 0.15 scale <1, 1.5, 1> } cylinder { -y, y, 0.895 } M(Gold) }
  torus { 0.985, 0.03 translate y*0.2 M(Gold) }
  torus { 0.985, 0.03 translate y*-0.2 M(Gold) }
  #for (I, 0, 35)
    union {
      torus { 0.052, 0.014 rotate z*90 translate x*1.095 M(Gold) }
      sphere { 0, 1 scale <0.035, 0.05, 0.05> translate x*1.095 M(Stone) }
      rotate y*I*10
    }
  #end
  translate y*0.23
}
Studio(-1, 1)
Sweep(srgb <0.58, 0.58, 0.59>, 8)
object { Bangle rotate y*12 translate <0.05, 0, 0> }
Cam(<0, 3.9, -7.4>, <0, 0.18, 0>, 24)
