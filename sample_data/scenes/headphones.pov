// Dark over-ear headphones standing on their cups. VIEW 1 light grey studio, 2 desk.
#include "common.inc"
#include "props.inc"
#declare Shell = Satin(srgb <0.10, 0.105, 0.12>)
#declare Pad = texture { pigment { color srgb <0.06, 0.06, 0.065> } normal { bumps 0.15 scale 0.02 } finish { ambient 0 diffuse 0.8 specular 0.1 roughness 0.1 } }
#declare Steel = Metal(srgb <0.7, 0.7, 0.72>, 0.5)
#declare Copper = Metal(srgb <0.82, 0.52, 0.38>, 0.5)
#declare Cup = union {     // its axis along x, the outside at +x
  union {
    sphere { 0, 1 scale <0.10, 0.50, 0.42> translate x*0.28 }
    cylinder { x*0.08, x*0.28, 1 scale <1, 0.50, 0.42> }
    M(Shell)
  }
  torus { 0.9, 0.05 rotate z*90 scale <0.6, 0.42, 0.35> translate x*0.345 M(Copper) }
  union { torus { 0.31, 0.15 rotate z*90 scale <1, 1.12, 0.92> translate x*-0.02 M(Pad) } cylinder { x*-0.02, x*0.1, 0.35 M(Pad) } }
}
#declare Phones = union {
  #for (I, -1, 1, 2)
    union {
      object { Cup }
      // the yoke
      union { Bend(array[5] { <0.22, 0.0, -0.46>, <0.24, 0.36, -0.40>, <0.2, 0.60, 0>, <0.24, 0.36, 0.40>, <0.22, 0, 0.46> }, 0.03, 40) M(Steel) }
      union { Bend(array[3] { <0.2, 0.58, 0>, <0.17, 0.8, 0>, <0.1, 1.0, 0> }, 0.035, 12) scale <1, 1, 1.6> M(Steel) }
      rotate z*-4 translate <0.72, 0.53, 0> scale <I, 1, 1>
    }
  #end
  // the headband: outer skin and a padded underside
  union { Bend(array[9] { <-0.86, 1.30, 0>, <-0.83, 1.52, 0>, <-0.66, 1.83, 0>, <-0.36, 2.04, 0>, <0, 2.11, 0>, <0.36, 2.04, 0>, <0.66, 1.83, 0>, <0.83, 1.52, 0>, <0.86, 1.30, 0> }, 0.055, 90) scale <1, 1, 2.9> M(Shell) }
  union { Bend(array[7] { <-0.78, 1.48, 0>, <-0.62, 1.76, 0>, <-0.34, 1.96, 0>, <0, 2.03, 0>, <0.34, 1.96, 0>, <0.62, 1.76, 0>, <0.78, 1.48, 0> }, 0.06, 70) scale <1, 1, 2.2> M(Pad) }
}
#if (VIEW = 1)
  Studio(-1, 1.05)
  Sweep(srgb <0.90, 0.90, 0.905>, 7)
  object { Phones rotate y*34 translate x*0.05 }
  Cam(<0, 2.3, -9>, <0, 1.05, 0>, 19.5)
#end
#if (VIEW = 2)
  Desk()
  object { Phones rotate y*-30 translate <0, 0, -0.2> }
  Cam(<0.3, 2.3, -8.6>, <0.1, 1.1, 0>, 36)
#end
