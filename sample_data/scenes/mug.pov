// Enamel mug, deep blue, white inside, a worn steel rim. VIEW 1 light grey studio, 2 kitchen table, 3 studio from the other side (portrait).
#include "common.inc"
#include "props.inc"
#declare Blue = Gloss(srgb <0.05, 0.16, 0.47>)
#declare Inside = Gloss(srgb <0.95, 0.94, 0.91>)
#declare Steel = Metal(srgb <0.62, 0.62, 0.63>, 0.35)
#declare Print = Gloss(srgb <0.95, 0.94, 0.90>)

#declare R = 0.82;
#declare Art = union {
  Letters("timrom.ttf", "FJORDKLINT", 0.17, 0.56)
  Letters("cyrvetic.ttf", "ENAMELWARE SINCE 1926", 0.06, 0.42)
  prism { linear_spline 0, 10, 7, <-0.34, 0.86>, <-0.1, 1.28>, <0.02, 1.08>, <0.14, 1.22>, <0.36, 0.86>, <0.05, 0.86>, <-0.34, 0.86> rotate -x*90 }
}
#declare Body = Printed(Blue, Print, Art)
#declare Mug = union {
  difference {
    union {
      cylinder { y*0.12, y*1.66, R }
      torus { R - 0.12, 0.12 translate y*0.12 }
      cylinder { 0, y*0.13, R - 0.12 }
    }
    cylinder { y*0.1, y*1.7, R - 0.045 M(Inside) }
    M(Body)
  }
  torus { R - 0.012, 0.034 translate y*1.66 M(Steel) }
  // the handle: a flattened loop, its ends inside the wall
  union {
    Bend(array[9] { <0.74, 1.42, 0>, <0.9, 1.42, 0>, <1.06, 1.42, 0>, <1.28, 1.27, 0>, <1.34, 0.95, 0>, <1.24, 0.64, 0>, <1.04, 0.46, 0>, <0.9, 0.4, 0>, <0.74, 0.37, 0> }, 0.08, 60)
    scale <1, 1, 1.5> M(Blue)
  }
}

#if (VIEW = 1)
  Studio(-1, 1)
  Sweep(srgb <0.86, 0.865, 0.87>, 7)
  object { Mug rotate y*-10 }
  Cam(<-0.3, 2.7, -7.2>, <0.26, 0.78, 0>, 26)
#end
#if (VIEW = 2)
  Kitchen()
  object { Mug rotate y*-15 }
  Cam(<0.9, 2.4, -7.2>, <0.35, 0.86, 0>, 40)
#end
#if (VIEW = 3)
  Studio(1, 0.98)
  Sweep(srgb <0.93, 0.90, 0.85>, 7)
  object { Mug rotate y*166 }
  Cam(<0.2, 3.3, -7.0>, <-0.26, 0.77, 0>, 23.5)
#end
