// Polished steel kettle with a black handle. VIEW 1 mid grey studio, 2 kitchen.
#include "common.inc"
#include "props.inc"
#declare Chrome = Metal(srgb <0.90, 0.90, 0.91>, 0.78)
#declare Black = Satin(srgb <0.06, 0.06, 0.065>)
#declare Kettle = union {
  lathe { bezier_spline 20,
    <0, 0>, <0.3, 0>, <0.6, 0>, <0.88, 0>,
    <0.88, 0>, <0.97, 0>, <1.0, 0.04>, <1.0, 0.12>,
    <1.0, 0.12>, <0.98, 0.6>, <0.86, 1.05>, <0.56, 1.25>,
    <0.56, 1.25>, <0.54, 1.27>, <0.54, 1.30>, <0.5, 1.31>,
    <0.5, 1.31>, <0.35, 1.37>, <0.15, 1.41>, <0, 1.42>
    M(Chrome) }
  torus { 0.995, 0.025 translate y*0.1 M(Chrome) }
  cylinder { y*1.4, y*1.5, 0.05 M(Chrome) }
  sphere { 0, 0.13 scale <1, 0.75, 1> translate y*1.55 M(Black) }
  // spout
  union {
    #local S = spline { natural_spline 0, <0.72, 0.62, 0>, 0.35, <1.08, 0.82, 0>, 0.7, <1.27, 1.12, 0>, 1, <1.46, 1.32, 0> }
    sphere_sweep { linear_spline 49 #for (I, 0, 48) #local P = S(I/48); , <P.x, P.y, 0>, 0.22 - 0.13*pow(I/48, 0.7) #end }
    torus { 0.085, 0.018 rotate z*-42 translate <1.45, 1.31, 0> }
    M(Chrome)
  }
  // handle: an arch over the lid, steel posts and a black grip
  union { Bend(array[5] { <-0.74, 1.05, 0>, <-0.80, 1.45, 0>, <-0.55, 1.95, 0>, <-0.2, 2.12, 0>, <0, 2.15, 0> }, 0.045, 40)
    Bend(array[5] { <0.74, 1.05, 0>, <0.80, 1.45, 0>, <0.55, 1.95, 0>, <0.2, 2.12, 0>, <0, 2.15, 0> }, 0.045, 40) M(Chrome) }
  union { Bend(array[5] { <-0.5, 1.995, 0>, <-0.26, 2.11, 0>, <0, 2.15, 0>, <0.26, 2.11, 0>, <0.5, 1.995, 0> }, 0.095, 40) scale <1, 1, 1> M(Black) }
  sphere { <-0.76, 1.07, 0>, 0.09 M(Chrome) } sphere { <0.76, 1.07, 0>, 0.09 M(Chrome) }
}
#if (VIEW = 1)
  Studio(-1, 1)
  Sweep(srgb <0.60, 0.605, 0.61>, 7)
  object { Kettle rotate y*18 translate x*-0.12 }
  Cam(<0.2, 2.6, -8.6>, <0.08, 1.02, 0>, 25)
#end
#if (VIEW = 2)
  Kitchen()
  object { Kettle rotate y*22 scale 0.95 translate <0.1, 0, -0.1> }
  Cam(<-0.5, 2.6, -8.4>, <0.2, 1.15, 0>, 37)
#end
