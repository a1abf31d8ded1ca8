// Scissors with blue plastic loops, slightly open, lying flat. Pastel sand studio seen from above.
#include "common.inc"
#declare Steel = Metal(srgb <0.93, 0.93, 0.94>, 0.8)
#declare Blue = Satin(srgb <0.04, 0.22, 0.66>)
#macro Half(Y)
  union {
    // the blade: narrow, pointed, with a ground edge; +z is the tip
    difference {
      prism { linear_spline 0, 0.05, 9, <-0.12, -0.24>, <0.06, -0.24>, <0.15, 0>, <0.17, 0.15>, <0.09, 1.1>, <-0.03, 1.62>, <-0.06, 1.62>, <-0.11, 0.2>, <-0.12, -0.24> }
      box { <0, -0.2, -2>, <0.3, 0.2, 2> rotate z*28 translate <0.10, 0.05, 0> rotate y*-3.2 }
      M(Steel)
    }
    union {
      cone { <-0.045, 0.03, -0.16>, 0.115, <-0.155, 0.03, -0.66>, 0.085 }
      torus { 0.26, 0.075 scale <0.85, 1, 1.25> rotate y*12 translate <-0.31, 0.03, -0.97> }
      sphere { <-0.045, 0.03, -0.16>, 0.115 }
      M(Blue)
    }
    translate y*Y
  }
#end
#declare Scissors = union {
  union { Half(0.05) rotate y*11 }
  union { Half(0.03) scale <-1, 1, 1> translate y*0.055 rotate y*-11 }
  cylinder { y*0.02, y*0.20, 0.055 M(Steel) }
}
Studio(-1, 1)
Sweep(srgb <0.90, 0.84, 0.78>, 9)
object { Scissors rotate y*38 translate <-0.02, 0.04, 0.12> }
Cam(<0, 7.6, -5.2>, <0.02, 0, 0.02>, 23)
