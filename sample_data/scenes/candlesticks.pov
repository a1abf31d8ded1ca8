// Two brass candlesticks, alike, apart: a pair. VIEW 1 warm studio, 2 shelf.
#include "common.inc"
#include "props.inc"
#declare Brass = Metal(srgb <0.88, 0.74, 0.47>, 0.62)
#declare Wax = texture { pigment { color srgb <0.95, 0.92, 0.84> } finish { ambient 0 diffuse 0.8 specular 0.1 roughness 0.08 } }
#declare Wick = Matte(srgb <0.12, 0.1, 0.09>)
#declare Stick = union {
  lathe { linear_spline 8, <0, 0>, <0.44, 0>, <0.46, 0.03>, <0.44, 0.07>, <0.36, 0.1>, <0.2, 0.14>, <0.1, 0.2>, <0, 0.2> M(Brass) }
  lathe { cubic_spline 20, <0.0, 0.1>, <0.12, 0.16>, <0.085, 0.24>, <0.07, 0.3>, <0.14, 0.36>, <0.15, 0.42>, <0.075, 0.48>, <0.06, 0.6>, <0.085, 0.75>, <0.12, 0.88>,
    <0.11, 0.98>, <0.06, 1.06>, <0.07, 1.12>, <0.13, 1.16>, <0.07, 1.2>, <0.10, 1.27>, <0.15, 1.36>, <0.16, 1.44>, <0.12, 1.46>, <0, 1.46> M(Brass) }
  torus { 0.44, 0.03 translate y*0.035 M(Brass) }
  torus { 0.15, 0.025 translate y*1.45 M(Brass) }
  cone { y*1.42, 0.115, y*2.25, 0.085 M(Wax) }
  sphere { 0, 0.085 scale <1, 0.4, 1> translate y*2.25 M(Wax) }
  cylinder { y*2.25, y*2.36, 0.012 M(Wick) }
}
#if (VIEW = 1)
  Studio(1, 1)
  Sweep(srgb <0.84, 0.79, 0.72>, 7)
  object { Stick translate <-0.68, 0, 0.25> }
  object { Stick translate <0.62, 0, -0.2> }
  Cam(<-0.2, 2.4, -8.8>, <0, 1.13, 0>, 20.5)
#end
#if (VIEW = 2)
  Shelf()
  object { Stick translate <-0.55, 0, 0.1> }
  object { Stick translate <0.65, 0, -0.3> }
  Cam(<0.5, 2.2, -8.4>, <0.05, 1.2, 0>, 35)
#end
